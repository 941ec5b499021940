import type { QueryFilter } from 'mongoose'

import type { Event } from '../event'
import { endOf } from '../event'
import type { EventDocument, StoredRegistration } from '../model'
import type { Registration } from '../registration'
import { toSearchText, type SearchText } from '../../shared/search'

/** What an event's document holds beside the event itself and its seats: what is derived to be searched by. */
export type Derived = Pick<EventDocument, 'overAt' | 'position'> & { search: SearchText }

/** What is derived from an event's details. */
export function derivedOf(event: Event): Derived {
  const { title, description, tags, venue } = event
  const place = [venue?.name, venue?.address, venue?.city].filter((part) => part != null).join('\n')
  const position =
    venue?.latitude != null && venue.longitude != null
      ? {
          position: {
            type: 'Point' as const,
            coordinates: [venue.longitude, venue.latitude] as [number, number],
          },
        }
      : {}
  return {
    overAt: endOf(event),
    ...position,
    search: toSearchText({ strong: title, medium: `${tags.join('\n')}\n${place}`, weak: description }),
  }
}

/** A new event's document; nobody has registered yet. */
export function newEventDocument({ id, ...event }: Event): EventDocument {
  return {
    _id: id,
    ...event,
    ...derivedOf({ id, ...event }),
    seatsTaken: 0,
    waitlistCount: 0,
    checkedInCount: 0,
    version: 1,
    sequence: 0,
    walkedTo: null,
    journal: [],
  }
}

/** Returns whether an event has ever been published. Earlier versions did not store it, but only published events had registrations. */
export function wasPublished(document: Pick<EventDocument, 'status' | 'wasPublished' | 'sequence'>): boolean {
  return document.wasPublished ?? (document.status === 'PUBLISHED' || document.sequence > 0)
}

/** Matches the cancelled events that have been published. */
export const wasPublishedFilter: QueryFilter<EventDocument> = {
  $or: [{ wasPublished: true }, { sequence: { $gt: 0 } }],
}

/** The event itself, of a document that may have been read with more. */
export function eventOf(document: EventDocument): Event {
  return {
    id: document._id,
    title: document.title,
    description: document.description,
    status: document.status,
    wasPublished: wasPublished(document),
    startsAt: document.startsAt,
    endsAt: document.endsAt,
    timeZone: document.timeZone,
    venue: document.venue,
    imageUrl: document.imageUrl,
    tags: document.tags,
    capacity: document.capacity,
    seatsTaken: document.seatsTaken,
    waitlistCount: document.waitlistCount,
    checkedInCount: document.checkedInCount,
    organizerId: document.organizerId,
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
  }
}

export function registrationOf(document: StoredRegistration): Registration {
  return {
    id: document._id,
    eventId: document.eventId,
    userId: isForgotten(document) ? null : document.userId,
    status: document.status,
    guestCount: document.guestCount,
    sequence: document.sequence,
    ticketCode: document.ticketCode,
    registeredAt: document.registeredAt,
    checkedInAt: document.checkedInAt,
  }
}

/** The other way round: unique for the event also where the user is forgotten. */
export function storedRegistrationOf({ id, userId, ...rest }: Registration): StoredRegistration {
  return { _id: id, ...rest, userId: userId ?? id }
}

/** Whether it says that a registration's user is forgotten. */
export const isForgotten = ({ _id, userId }: StoredRegistration): boolean => userId === _id
