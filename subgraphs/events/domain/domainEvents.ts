import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import type { Event, EventChange } from './event'

/** The fields of an event on which other subgraphs depend. */
type EventData = Pick<Event, 'status' | 'wasPublished' | 'organizerId'>

function createEvent(
  type: string,
  { status, wasPublished, organizerId }: EventData,
  now: Date,
): PendingEvent {
  return createPendingEvent(type, { status, wasPublished, organizerId }, now)
}

export const toEventCreated = (event: EventData, now: Date): PendingEvent =>
  createEvent('event.created', event, now)

/** @param event after the change */
export function toEventChanged(event: EventData, change: EventChange, now: Date): PendingEvent {
  switch (change.status) {
    case 'PUBLISHED':
      return createEvent('event.published', event, now)
    case 'CANCELLED':
      return createEvent('event.cancelled', event, now)
    default:
      return createEvent('event.changed', event, now)
  }
}

/** Creates the domain event of changed seats or a changed waitlist. Only published events have registrations. */
export const toSeatsChanged = (event: Omit<EventData, 'wasPublished'>, now: Date): PendingEvent =>
  createEvent('event.changed', { ...event, wasPublished: true }, now)

export const toEventDeleted = ({ wasPublished }: Pick<EventData, 'wasPublished'>, now: Date): PendingEvent =>
  createPendingEvent('event.deleted', { wasPublished }, now)
