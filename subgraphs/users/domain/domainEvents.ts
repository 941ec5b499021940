import { randomUUID } from 'node:crypto'

import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import type { RoleChange } from './adminRegistry'

/**
 * Creates the event of a deleted account. Its `contentKey` is random: by it, content that stays without an author can be traced
 * to one account, and not to a person.
 *
 * @param requestedAt when the deletion was requested; other subgraphs delete content created at this time or later
 */
export function toUserDeleted(now: Date, requestedAt?: Date): PendingEvent {
  return createPendingEvent(
    'user.deleted',
    { contentKey: randomUUID(), ...(requestedAt && { requestedAt: requestedAt.toISOString() }) },
    now,
  )
}

/** Creates the event of a changed role, or of a suspension that begins or is lifted. */
export function toRoleChanged(change: RoleChange & { kind: 'role' }, now: Date): PendingEvent {
  const { role, suspension, moderatorId = null } = change
  if (suspension === undefined) return createPendingEvent('user.roleChanged', { moderatorId, role }, now)
  if (suspension === null) return createPendingEvent('user.unsuspended', { moderatorId }, now)
  const { reason, until } = suspension
  const data = { moderatorId, reason, until: until?.toISOString() ?? null }
  return createPendingEvent('user.suspended', data, now)
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
