import type { SubgraphResources } from '../../../../packages/subgraph-kit'
import type { PeerClient } from '../../../../packages/subgraph-kit/peers'
import type { AdminRegistryRepository, NotificationRepository, RecipientRepository } from '../../repository'
import type { MailQueue } from '../../service/mail/mailQueue'
import { createNotifier } from '../../service/notifications/notifier'
import { toMail } from '../../service/notifications/mails'
import { unsubscribePath, type UnsubscribeLinks } from '../../service/notifications/unsubscribe'
import { createAnnouncer } from './announcer'
import { createNotificationConsumers } from './consumers'
import { createSubjectSource } from './subjectSource'
import { createUnsubscribeRoute } from './unsubscribeRoute'

interface NotificationMessagingOptions extends Pick<
  SubgraphResources,
  'eventLog' | 'connection' | 'createServiceToken'
> {
  events: PeerClient
  posts: PeerClient
  notifications: NotificationRepository
  recipients: RecipientRepository
  adminRegistry: AdminRegistryRepository
  mailQueue: MailQueue
  unsubscribeLinks: UnsubscribeLinks
  now: () => Date
}

/** Creates the consumers of domain events that create notifications, and the route that turns their mails off. */
export function createNotificationMessaging(options: NotificationMessagingOptions) {
  const { adminRegistry, mailQueue, unsubscribeLinks } = options
  const notifier = createNotifier({
    ...options,
    subjects: createSubjectSource(options),
    readAdministratorIds: async () => (await adminRegistry.read()).administrators,
    announce: createAnnouncer(options.eventLog),
    mail: (notifications) =>
      mailQueue.enqueue(...notifications.map((each) => toMail(each, unsubscribeLinks))),
    retractMails: mailQueue.retract,
  })
  return {
    ...createNotificationConsumers({ ...options, notifier }),
    routes: { [unsubscribePath]: createUnsubscribeRoute({ ...options, links: unsubscribeLinks }) },
  }
}
