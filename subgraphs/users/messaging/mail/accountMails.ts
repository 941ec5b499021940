import { z } from 'zod'

import { startDurableConsumer, type DomainEvent, type RunningConsumer } from '../../../../packages/event-log'
import type { SubgraphResources } from '../../../../packages/subgraph-kit'
import { verificationLifetimeMs } from '../../domain/accounts/mailToken'
import type { NewMail } from '../../domain/mail/mail'
import type { VerificationRepository } from '../../repository'
import type { RequestedVerification } from '../../repository/accounts/verification'
import type { MailQueue } from '../../service/mail/mailQueue'

interface AccountMailsOptions extends Pick<SubgraphResources, 'eventLog' | 'connection'> {
  verifications: VerificationRepository
  mailQueue: MailQueue
  now: () => Date
}

const verificationEventTypes = ['user.signedUp', 'user.signUpRequested', 'user.emailChangeRequested']

/**
 * Creates the consumer that adds the mails of sign-ups, changes of addresses and linked identities to the queue. The
 * account and its domain event are one write, so that no crash loses the mail; the event's ID is the key of the mail,
 * so that none is sent twice.
 */
export function createAccountMailsConsumer({
  eventLog,
  connection,
  verifications,
  mailQueue,
  now,
}: AccountMailsOptions) {
  let consumer: RunningConsumer | undefined

  async function enqueueRequested(events: readonly DomainEvent[]): Promise<void> {
    await mailQueue.enqueue(...events.flatMap(listNotices))
    const requests = events.filter(({ type }) => verificationEventTypes.includes(type))
    if (requests.length === 0) return
    const eventIds = new Set(requests.map(({ id }) => id))
    const found = await verifications.findRequestedByIds([...new Set(requests.map(({ entity }) => entity))])
    // A newer request has replaced the others, and has an event of its own.
    await mailQueue.enqueue(...found.filter(({ eventId = '' }) => eventIds.has(eventId)).flatMap(listMails))
  }

  return {
    start(): void {
      consumer = startDurableConsumer({
        eventLog,
        connection,
        topic: 'users',
        consumer: 'users.mails',
        handle: enqueueRequested,
        async rebuild() {
          const since = new Date(now().getTime() - verificationLifetimeMs)
          await mailQueue.enqueue(...(await verifications.findRequestedSince(since)).flatMap(listMails))
        },
      })
    },
    close: async (): Promise<void> => consumer?.close(),
  }
}

const linkedShape = z.object({
  type: z.literal('user.identityLinked'),
  data: z.object({ provider: z.string() }),
})

/** Returns the mails that the data of an event suffice for. */
function listNotices(event: DomainEvent): NewMail[] {
  const linked = linkedShape.safeParse(event).data
  if (!linked) return []
  const { provider } = linked.data
  const recipient = { userId: event.entity }
  return [{ key: event.id, recipient, template: { name: 'identityLinked', provider } }]
}

/** Returns the mails of a verification that an event has requested: to its address, and if it replaces another, to that. */
function listMails({ eventId, userId, replacedAddress }: RequestedVerification): NewMail[] {
  if (eventId === undefined) return []
  const verifyMail: NewMail = { key: eventId, recipient: { userId }, template: { name: 'verifyEmail' } }
  if (replacedAddress === undefined) return [verifyMail]
  return [
    {
      key: `${eventId}/notice`,
      recipient: { address: replacedAddress },
      template: { name: 'emailChangeRequested' },
    },
    verifyMail,
  ]
}
