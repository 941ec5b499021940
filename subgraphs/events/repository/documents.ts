import type { QueryFilter } from 'mongoose'

import { toSearchText, type SearchText } from '../../../packages/subgraph-kit/input'
import { buildProjection } from '../../../packages/subgraph-kit/mongo'
import { getEventEnd, maxGuestCount, type Event } from '../domain/event'
import { getPartySize, type Registration } from '../domain/registration'
import type { EventDocument, StoredRegistration } from './models'

/** Fields that are derived from an event's details for searches. */
type SearchFields = Pick<EventDocument, 'overAt' | 'position'> & { search: SearchText }

export function deriveSearchFields(event: Event): SearchFields {
  const { title, description, tags, venue } = event
  const venueText = [venue?.name, venue?.address, venue?.city].filter((part) => part != null).join('\n')
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
    search: toSearchText({ strong: title, medium: `${tags.join('\n')}\n${venueText}`, weak: description }),
  }
}

/** Creates the document of a new event without registrations. */
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

/**
 * Returns whether an event has ever been published. Earlier versions did not store it, but only published events had
 * registrations.
 */
export function readWasPublished(
  document: Pick<EventDocument, 'status' | 'wasPublished' | 'sequence'>,
): boolean {
  return document.wasPublished ?? (document.status === 'PUBLISHED' || document.sequence > 0)
}

/** Matches the cancelled events that were published before. */
export const wasPublishedFilter: QueryFilter<EventDocument> = {
  $or: [{ wasPublished: true }, { sequence: { $gt: 0 } }],
}

/** Returns the rules of registration, which earlier versions did not store. */
export const readRegistrationRules = ({
  registrationClosesAt = null,
  maxGuests = maxGuestCount,
}: Pick<EventDocument, 'registrationClosesAt' | 'maxGuests'>) => ({ registrationClosesAt, maxGuests })

/**
 * The fields that {@link toEvent} reads, when the event was left unsettled, and whether it is a tombstone. The journal
 * may have many entries.
 */
export const eventProjection = buildProjection([
  ...[
    'title',
    'description',
    'status',
    'wasPublished',
    'sequence',
    'startsAt',
    'endsAt',
    'timeZone',
    'venue',
  ],
  ...['imageUrl', 'tags', 'capacity', 'registrationClosesAt', 'maxGuests', 'seatsTaken', 'waitlistCount'],
  ...['checkedInCount', 'organizerId', 'createdAt', 'updatedAt', 'unsettledSince', 'deletedAt'],
])

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
    ...readRegistrationRules(document),
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
    arrivedCount: document.arrivedCount ?? (document.checkedInAt === null ? 0 : getPartySize(document)),
    isWithdrawn: document.isWithdrawn ?? false,
    isTooLarge: document.isTooLarge ?? false,
  }
}

/** An anonymized registration stores its own ID in place of the user ID, which keeps the unique index satisfied. */
export function toStoredRegistration({ id, userId, ...rest }: Registration): StoredRegistration {
  return { _id: id, ...rest, userId: userId ?? id }
}

/** Returns whether a registration was anonymized after its user was deleted. */
export const isAnonymized = ({ _id, userId }: StoredRegistration): boolean => userId === _id
