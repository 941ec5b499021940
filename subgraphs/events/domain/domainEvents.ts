import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox/outbox'
import type { Event, EventChange } from './event'

type Told = Pick<Event, 'status' | 'wasPublished' | 'organizerId'>

/** What the feed is told of an event, with what others know of it. */
function happened(type: string, { status, wasPublished, organizerId }: Told, now: Date): PendingEvent {
  return createPendingEvent(type, { status, wasPublished, organizerId }, now)
}

export const toEventCreated = (event: Told, now: Date): PendingEvent => happened('event.created', event, now)

/** Creates the event of changed seats or a changed waitlist: only published events have registrations. */
export const toSeatsChanged = (event: Omit<Told, 'wasPublished'>, now: Date): PendingEvent =>
  happened('event.changed', { ...event, wasPublished: true }, now)

/** Creates the event of a deletion. */
export const toEventDeleted = ({ wasPublished }: Pick<Told, 'wasPublished'>, now: Date): PendingEvent =>
  createPendingEvent('event.deleted', { wasPublished }, now)

/** @param event as it is now */
export function toEventChanged(event: Told, change: EventChange, now: Date): PendingEvent {
  switch (change.status) {
    case 'PUBLISHED':
      return happened('event.published', event, now)
    case 'CANCELLED':
      return happened('event.cancelled', event, now)
    default:
      return happened('event.changed', event, now)
  }
}
