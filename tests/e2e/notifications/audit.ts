import type { ReceivedMail } from '../../support/smtpSink'
import { describeNotification, type Community } from './community'

/** The notifications that people must have, and no others. */
export interface ExpectedNotifications {
  /** As {@link describeNotification} returns them. */
  descriptions: ReadonlySet<string>
  /** How many mails with different Message-IDs each address must have received. */
  mailsByAddress: ReadonlyMap<string, number>
}

interface StoredNotification {
  _id: string
  recipientId: string
  type: string
  subjectId: string
}

/**
 * Compares the stored notifications, the queue of mails, the outboxes and the received mails with the expected ones.
 *
 * @returns a line for each kind of difference, with an example
 */
export async function findNotificationProblems(
  { connections }: Community,
  mails: readonly ReceivedMail[],
  expected: ExpectedNotifications,
): Promise<string[]> {
  const problems: string[] = []
  const report = (problem: string, examples: readonly unknown[]) => {
    if (examples.length > 0)
      problems.push(`${examples.length} ${problem}, for example ${String(examples[0])}`)
  }

  const { users, events, comments } = connections
  for (const [name, collection] of [
    ['events', events.collection('events')],
    ['comments', comments.collection('comments')],
  ] as const) {
    const pending = await collection.find({ pendingEvents: { $exists: true } }).toArray()
    report(
      `${name} have unpublished domain events`,
      pending.map(({ _id }) => _id),
    )
  }
  const waiting = await users
    .collection('mails')
    .find({ dueAt: { $exists: true } })
    .toArray()
  report(
    'mails wait',
    waiting.map(({ _id }) => _id),
  )

  const stored = await users
    .collection<StoredNotification>('notifications')
    .find({ retractedAt: { $exists: false } })
    .toArray()
  const descriptions = stored.map(({ recipientId, type, subjectId }) =>
    describeNotification(recipientId, type, subjectId),
  )
  const found = new Set<string>()
  const repeated: string[] = []
  for (const each of descriptions) {
    if (found.has(each)) repeated.push(each)
    found.add(each)
  }
  report('notifications are repeated', repeated)
  report(
    'notifications are missing',
    [...expected.descriptions].filter((each) => !found.has(each)),
  )
  report(
    'notifications are unexpected',
    [...found].filter((each) => !expected.descriptions.has(each)),
  )

  const idsByAddress = new Map<string, Set<string>>()
  for (const { to, headers } of mails)
    for (const address of to) {
      const ids = idsByAddress.get(address) ?? new Set()
      idsByAddress.set(address, ids.add(headers.get('message-id') ?? ''))
    }
  report(
    'addresses have received another number of mails',
    [...expected.mailsByAddress].filter(([address, count]) => idsByAddress.get(address)?.size !== count),
  )
  const knownIds = new Set(stored.map(({ _id }) => `<ntf/${_id}@agora.example>`))
  report(
    'mails have an unknown Message-ID',
    [...expected.mailsByAddress.keys()].flatMap((address) =>
      [...(idsByAddress.get(address) ?? [])].filter((id) => !knownIds.has(id)),
    ),
  )
  return problems
}
