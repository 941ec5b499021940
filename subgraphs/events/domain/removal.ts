import { dayMs } from '../../../packages/platform'
import { hasRole, type Viewer } from '../../../packages/auth'
import { isComing, type Event } from './event'

const retentionMs = 90 * dayMs

/**
 * Returns when the text of an event that is deleted now is erased. Moderators can read it until then, if one of them
 * removed it.
 */
export const getErasureTime = (now: Date): Date => new Date(now.getTime() + retentionMs)

/** Returns whether the viewer may read events that were removed: moderators and administrators may. */
export const canSeeRemoved = (viewer: Viewer): boolean => hasRole(viewer, 'MODERATOR')

/** The length of a moderator's reason in code points. */
export const reasonLimits = { max: 500 }

/** Why an event was deleted. */
export interface DeletionCause {
  /** The moderator or administrator who deleted the event of another account. */
  moderatorId?: string
  reason?: string
}

/** The cancellation of registrations with their event, as the people who are registered are notified of it. */
export interface Cancellation {
  /** When the event was to start. */
  startsAt: Date
  /** Who deleted the event, and is not notified. */
  actorId: string | null
}

/** Returns the cancellation with which an event is deleted; undefined for one that has ended, or that did not take place. */
export function toCancellation(
  event: Event,
  { moderatorId }: DeletionCause,
  now: Date,
): Cancellation | undefined {
  if (!isComing(event, now)) return undefined
  return { startsAt: event.startsAt, actorId: moderatorId ?? event.organizerId }
}
