import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import { getEventEnd, isComing, type Event } from './event'
import type { Cancellation, DeletionCause } from './removal'
import type { Registration } from './registration'

/** The fields of an event on which other subgraphs depend. */
type EventData = Pick<Event, 'status' | 'wasPublished' | 'organizerId'>

/** Data of a domain event besides {@link EventData}. */
type MoreData = Record<string, string | number | string[]>

function createEvent(
  type: string,
  { status, wasPublished, organizerId }: EventData,
  now: Date,
  more: MoreData = {},
): PendingEvent {
  return createPendingEvent(type, { status, wasPublished, organizerId, ...more }, now)
}

export const toEventCreated = (event: EventData, now: Date): PendingEvent =>
  createEvent('event.created', event, now)

/**
 * Creates the domain events of a change, in their order.
 *
 * @param actorId the user who changed it; undefined for the system
 */
export function toChangeEvents(
  before: Event,
  after: Event,
  actorId: string | undefined,
  now: Date,
): PendingEvent[] {
  const actor: MoreData = actorId === undefined ? {} : { actorId }
  const events: PendingEvent[] = []
  if (before.organizerId !== after.organizerId) {
    if (after.organizerId !== null) {
      const data = { organizerId: after.organizerId, ...actor }
      events.push(createPendingEvent('event.transferred', data, now))
    } else if (isComing(after, now)) {
      events.push(createPendingEvent('event.organizerGone', {}, now))
    }
  }
  if (after.status === 'PUBLISHED' && after.waitlistCount > 0 && isLower(after.capacity, before.capacity)) {
    events.push(createPendingEvent('event.capacityLowered', { capacity: after.capacity }, now))
  }
  // Its place at the end lets a change of seats that follows find it there, instead of adding one more.
  return [...events, toChangeEvent(before, after, actor, now)]
}

function toChangeEvent(before: Event, after: Event, actor: MoreData, now: Date): PendingEvent {
  if (before.status !== after.status) {
    if (after.status === 'PUBLISHED') return createEvent('event.published', after, now)
    if (after.status === 'CANCELLED') return createEvent('event.cancelled', after, now, actor)
  }
  const changed = listChangedParts(before, after)
  return createEvent('event.changed', after, now, changed.length > 0 ? { changed, ...actor } : {})
}

/** Lists the changed parts of an event of which its registered users must know. */
function listChangedParts(before: Event, after: Event): string[] {
  const isMoved =
    before.startsAt.getTime() !== after.startsAt.getTime() ||
    getEventEnd(before).getTime() !== getEventEnd(after).getTime()
  return [...(isMoved ? ['time'] : []), ...(isDeepStrictEqual(before.venue, after.venue) ? [] : ['venue'])]
}

const isLower = (capacity: number | null, than: number | null): boolean =>
  capacity !== null && (than === null || capacity < than)

/** Creates the domain event of changed seats or a changed waitlist. Only published events have registrations. */
export const toSeatsChanged = (event: Omit<EventData, 'wasPublished'>, now: Date): PendingEvent =>
  createEvent('event.changed', { ...event, wasPublished: true }, now, { part: 'seats' })

/** Creates the domain event of a message of the organizer to the people who are registered. */
export function toEventAnnounced(message: string, actorId: string, now: Date): PendingEvent {
  return createPendingEvent('event.announced', { announcementId: randomUUID(), message, actorId }, now)
}

/** Creates the domain event of a start that is 24 hours or less away. */
export const toReminderDue = (startsAt: Date, now: Date): PendingEvent =>
  createPendingEvent('event.reminderDue', { startsAt: startsAt.toISOString() }, now)

/** Creates the domain event of a registration that was promoted from the waitlist; its entity is the event. */
export const toRegistrationPromoted = (registration: Registration, now: Date): PendingEvent =>
  createPendingEvent('registration.promoted', toRegistrationData(registration), now)

const toRegistrationData = ({ id, userId }: Registration) => ({ registrationId: id, userId })

/** Creates the domain event of a registration that was cancelled on request; its entity is the event. */
export const toRegistrationCancelled = (registration: Registration, now: Date): PendingEvent =>
  createPendingEvent('registration.cancelled', toRegistrationData(registration), now)

/** Creates the domain event of a waitlisted party that became larger than the capacity; its entity is the event. */
export const toRegistrationTooLarge = (registration: Registration, now: Date): PendingEvent =>
  createPendingEvent('registration.tooLarge', toRegistrationData(registration), now)

export const toEventDeleted = (
  { wasPublished, organizerId }: Pick<EventData, 'wasPublished' | 'organizerId'>,
  cause: DeletionCause,
  now: Date,
): PendingEvent => createPendingEvent('event.deleted', { wasPublished, organizerId, ...cause }, now)

/** Creates the domain event of registrations that were deleted with an event; its entity is the event. */
export const toRegistrationsDeleted = (
  { startsAt, actorId }: Cancellation,
  userIds: readonly string[],
  now: Date,
): PendingEvent =>
  createPendingEvent(
    'event.registrationsDeleted',
    { startsAt: startsAt.toISOString(), actorId, userIds: [...userIds] },
    now,
  )
