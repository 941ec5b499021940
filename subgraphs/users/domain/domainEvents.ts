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

/**
 * Creates the event of an address that is to be verified: of a new account, of a pending sign-up, or a new address of an
 * account. The address is in the document of the account.
 */
export function toVerificationRequested(
  type: 'user.signedUp' | 'user.signUpRequested' | 'user.emailChangeRequested',
  now: Date,
): PendingEvent {
  return createPendingEvent(type, {}, now)
}
