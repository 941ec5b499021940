import { newPendingEvent, type PendingEvent } from '../../shared/feed/outbox'
import type { Event, EventChange } from '../event'

type Told = Pick<Event, 'status' | 'wasPublished' | 'organizerId'>

/** What the feed is told of an event, with what others know of it. */
function happened(type: string, { status, wasPublished, organizerId }: Told, now: Date): PendingEvent {
  return newPendingEvent(type, { status, wasPublished, organizerId }, now)
}

export const created = (event: Told, now: Date): PendingEvent => happened('event.created', event, now)

/** Creates the event of changed seats or a changed waitlist: only published events have registrations. */
export const seatsChanged = (event: Omit<Told, 'wasPublished'>, now: Date): PendingEvent =>
  happened('event.changed', { ...event, wasPublished: true }, now)

/** Creates the event of a deletion. */
export const deleted = ({ wasPublished }: Pick<Told, 'wasPublished'>, now: Date): PendingEvent =>
  newPendingEvent('event.deleted', { wasPublished }, now)

/** @param event as it is now */
export function changed(event: Told, change: EventChange, now: Date): PendingEvent {
  switch (change.status) {
    case 'PUBLISHED':
      return happened('event.published', event, now)
    case 'CANCELLED':
      return happened('event.cancelled', event, now)
    default:
      return happened('event.changed', event, now)
  }
}
