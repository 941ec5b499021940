import { newPendingEvent, type PendingEvent } from '../../shared/feed/outbox'
import type { Event, EventChange } from '../event'

type Told = Pick<Event, 'status' | 'organizerId'>

/** What the feed is told of an event, with what others know of it. */
function happened(type: string, { status, organizerId }: Told, now: Date): PendingEvent {
  return newPendingEvent(type, { status, organizerId }, now)
}

export const created = (event: Told, now: Date): PendingEvent => happened('event.created', event, now)

/** Its seats, or who stands in line for them. */
export const seatsChanged = (event: Told, now: Date): PendingEvent => happened('event.changed', event, now)

export const deleted = (now: Date): PendingEvent => newPendingEvent('event.deleted', {}, now)

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
