import type { SubgraphResources } from '../../../../packages/subgraph-kit'
import type { Route } from '../../../../packages/platform/http'
import type { MailOutcome } from '../../domain/mail/mail'
import type { MailRepository, UserRepository, VerificationRepository } from '../../repository'
import { createMailDeliverer, type MailDelivery } from '../../service/mail/delivery'
import { createMailComposer } from '../../service/mail/mailComposer'
import { createMailQueue, type MailQueue } from '../../service/mail/mailQueue'
import { createAccountMailsConsumer } from './accountMails'
import { createMailSender } from './mailSender'
import { createMailPage } from './mailPage'

interface MailMessagingOptions extends Pick<SubgraphResources, 'eventLog' | 'connection' | 'log'> {
  users: UserRepository
  mails: MailRepository
  verifications: VerificationRepository
  delivery: MailDelivery
  /** The router as its clients reach it; undefined when it is not configured. */
  publicUrl: string | undefined
  /** Known to the server only; see {@link deriveMailToken}. */
  tokenSecret: Buffer
  countOutcome(outcome: MailOutcome, count?: number): void
  countFailure(): void
  now: () => Date
}

interface MailMessaging {
  mailQueue: MailQueue
  /** In development: the page of kept mails. */
  routes: Readonly<Record<string, Route>>
  start(): void
  close(): Promise<void>
}

/** Creates the queue of mails, its sender, and the consumer that adds the mails of accounts. */
export function createMailMessaging(options: MailMessagingOptions): MailMessaging {
  const { mails, delivery, log, now } = options
  const deliverer = createMailDeliverer(delivery)
  const sender =
    delivery.kind !== 'off' && deliverer
      ? createMailSender({
          ...options,
          createComposer: () => createMailComposer({ ...options, appUrl: delivery.appUrl }),
          ...deliverer,
        })
      : undefined
  const mailQueue = createMailQueue({
    mails,
    isEnabled: sender !== undefined,
    wakeSender: () => sender?.wake(),
    countOutcome: options.countOutcome,
    now,
  })
  const accountMails = createAccountMailsConsumer({ ...options, mailQueue })
  return {
    mailQueue,
    routes: delivery.kind === 'kept' ? { '/mail': createMailPage(mails) } : {},
    start() {
      if (!sender)
        log.warn(
          'SMTP_URL is not set: mail is off. Addresses cannot be verified or changed, forgotten passwords cannot be reset, ' +
            'and notifications are not sent by mail.',
        )
      if (delivery.kind === 'smtp' && options.publicUrl === undefined)
        log.warn(
          'PUBLIC_URL is not set: mails have no link to unsubscribe (List-Unsubscribe), which large mail providers require. Set it to ' +
            'the address of the router as its clients reach it.',
        )
      accountMails.start()
      sender?.start()
    },
    async close() {
      await accountMails.close()
      await sender?.close()
      deliverer?.close()
    },
  }
}
