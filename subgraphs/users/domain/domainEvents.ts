import { randomUUID } from 'node:crypto'

import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import type { RoleChange } from './adminRegistry'
import type { LinkedIdentity } from './identities/identity'
import type { Report, ReportResolution } from './moderation/report'

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

/** Creates the event of a changed profile. */
export const toProfileChanged = (now: Date): PendingEvent =>
  createPendingEvent('user.profileChanged', {}, now)

/** Creates the event of an identity that was linked to an existing account. */
export const toIdentityLinked = ({ provider }: Pick<LinkedIdentity, 'provider'>, now: Date): PendingEvent =>
  createPendingEvent('user.identityLinked', { provider }, now)

/** A request to remove all content of an account. */
export type ContentRemoval = {
  moderatorId: string
  reason: string
  /** The user, or the post or comment of a deleted account. */
  subjectId: string
} & ({ userId: string } | { contentKey: string })

/**
 * Creates the event of a resolved report.
 *
 * @param isPrimary whether the moderator has named this report; false for the others on the same subject
 */
export function toReportResolved(
  { subjectId, reporterId }: Pick<Report, 'subjectId' | 'reporterId'>,
  { status, moderatorId, reason, at }: ReportResolution,
  isPrimary: boolean,
): PendingEvent {
  const data = { subjectId, reporterId, status, moderatorId, reason, isPrimary }
  return createPendingEvent('report.resolved', data, at)
}

/** Creates the event by which posts and comments remove all content of a user, or of a deleted account. */
export function toContentRemovalRequested(removal: ContentRemoval, now: Date): PendingEvent {
  return createPendingEvent('user.contentRemovalRequested', { ...removal }, now)
}
