import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'

/**
 * Creates the event of a deleted account.
 *
 * @param requestedAt when the deletion was requested; other subgraphs delete content created at this time or later
 */
export function toUserDeleted(now: Date, requestedAt?: Date): PendingEvent {
  return createPendingEvent(
    'user.deleted',
    { ...(requestedAt && { requestedAt: requestedAt.toISOString() }) },
    now,
  )
}
