import type { QueryFilter } from 'mongoose'

import type { Event } from '../domain/event'
import { getEventEnd } from '../domain/event'
import type { EventDocument, StoredRegistration } from './models'
import type { Registration } from '../domain/registration'
import { toSearchText, type SearchText } from '../../../packages/subgraph-kit/search/searchText'

/** What an event's document holds beside the event itself and its seats: what is derived to be searched by. */
export type DerivedFields = Pick<EventDocument, 'overAt' | 'position'> & { search: SearchText }

/** What is derived from an event's details. */
export function deriveSearchFields(event: Event): DerivedFields {
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
    overAt: getEventEnd(event),
    ...position,
    search: toSearchText({ strong: title, medium: `${tags.join('\n')}\n${place}`, weak: description }),
  }
}

/** A new event's document; nobody has registered yet. */
export function createEventDocument({ id, ...event }: Event): EventDocument {
  return {
    _id: id,
    ...event,
    ...deriveSearchFields({ id, ...event }),
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
export function readWasPublished(
  document: Pick<EventDocument, 'status' | 'wasPublished' | 'sequence'>,
): boolean {
  return document.wasPublished ?? (document.status === 'PUBLISHED' || document.sequence > 0)
}

/** Matches the cancelled events that have been published. */
export const wasPublishedFilter: QueryFilter<EventDocument> = {
  $or: [{ wasPublished: true }, { sequence: { $gt: 0 } }],
}

/** The event itself, of a document that may have been read with more. */
export function toEvent(document: EventDocument): Event {
  return {
    id: document._id,
    title: document.title,
    description: document.description,
    status: document.status,
    wasPublished: readWasPublished(document),
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

export function toRegistration(document: StoredRegistration): Registration {
  return {
    id: document._id,
    eventId: document.eventId,
    userId: isAnonymized(document) ? null : document.userId,
    status: document.status,
    guestCount: document.guestCount,
    sequence: document.sequence,
    ticketCode: document.ticketCode,
    registeredAt: document.registeredAt,
    checkedInAt: document.checkedInAt,
  }
}

/** The other way round: unique for the event also where the user is forgotten. */
export function toStoredRegistration({ id, userId, ...rest }: Registration): StoredRegistration {
  return { _id: id, ...rest, userId: userId ?? id }
}

/** Whether it says that a registration's user is forgotten. */
export const isAnonymized = ({ _id, userId }: StoredRegistration): boolean => userId === _id
