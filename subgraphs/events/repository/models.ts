import { Schema, type Connection, type Model } from 'mongoose'

import type { StoredDocument } from '../../../packages/subgraph-kit/mongo/database'
import {
  outboxSchemaFields,
  outboxIndex,
  type OutboxFields,
} from '../../../packages/event-log/mongo/documentOutbox'
import type { SearchText } from '../../../packages/subgraph-kit/search/searchText'
import { searchField, searchIndex } from '../../../packages/subgraph-kit/mongo/textIndex'
import type { Event } from '../domain/event'
import type { Registration } from '../domain/registration'
import type { Seats } from '../domain/seats'

/**
 * A registration as it is stored. There is one for a user and an event; where the user is forgotten, its own ID stands in
 * the user's place.
 */
export type StoredRegistration = Omit<StoredDocument<Registration>, 'userId'> & { userId: string }

/** A registration, and which of its event's writes decided it last. */
export type RegistrationDocument = StoredRegistration & { version: number }

/** A registration as it was decided, kept in the event until it is written out. */
export interface JournalEntry {
  /** The event's version that decided it. */
  version: number
  decidedAt: Date
  registration: StoredRegistration
}

export type EventDocument = Omit<StoredDocument<Event>, 'wasPublished'> &
  Pick<Seats, 'sequence' | 'walkedTo'> &
  OutboxFields & {
    /** Absent in documents of earlier versions; see `eventOf`. */
    wasPublished?: boolean
    /** Counts the writes to what decisions depend on. A decision is written only where it is what was read. */
    version: number
    journal: JournalEntry[]
    /** The time of the oldest journal entry, or of a walk that is not done; absent where all is settled. */
    unsettledSince?: Date
    /** When it is over; see `endOf`. */
    overAt: Date
    /** Absent without a position. */
    position?: { type: 'Point'; coordinates: [longitude: number, latitude: number] }
    search?: SearchText
    /** Since when it is deleted: then nothing else is there but what tells of it. No read gives it. */
    deletedAt?: Date
  }

export type EventModel = Model<EventDocument>
export type RegistrationModel = Model<RegistrationDocument>

const text = { type: String, default: null }
const id = { type: String, required: true }
const count = { type: Number, required: true }
const instant = { type: Date, required: true }

const venueSchema = new Schema(
  {
    name: text,
    address: text,
    city: text,
    countryCode: text,
    latitude: { type: Number, default: null },
    longitude: { type: Number, default: null },
    url: text,
  },
  { _id: false },
)

const registrationFields = {
  _id: id,
  eventId: id,
  userId: id,
  status: { type: String, required: true, enum: ['CONFIRMED', 'WAITLISTED', 'CANCELLED'] },
  guestCount: count,
  sequence: count,
  ticketCode: { type: String, required: true },
  registeredAt: instant,
  checkedInAt: { type: Date, default: null },
}

/** The index that a walk goes down when seats are limited: those of each size of party in their order. */
export const waitlistByPartySizeIndex = { eventId: 1, status: 1, guestCount: 1, sequence: 1 } as const
/** The waitlist in its order, and pages and counts of an event's registrations of one status. */
export const waitlistIndex = { eventId: 1, status: 1, sequence: 1, _id: 1 } as const

/** The collection of events; its indexes are made when the subgraph prepares. */
export function createEventModel(connection: Connection): EventModel {
  const schema = new Schema<EventDocument>(
    {
      _id: id,
      title: { type: String, required: true },
      description: { type: String, default: '' },
      status: { type: String, required: true, enum: ['DRAFT', 'PUBLISHED', 'CANCELLED'] },
      wasPublished: Boolean,
      startsAt: instant,
      endsAt: { type: Date, default: null },
      timeZone: { type: String, required: true },
      venue: { type: venueSchema, default: null },
      imageUrl: text,
      tags: { type: [String], required: true },
      capacity: { type: Number, default: null },
      seatsTaken: count,
      waitlistCount: count,
      checkedInCount: count,
      organizerId: text,
      createdAt: instant,
      updatedAt: instant,
      version: count,
      sequence: count,
      walkedTo: { type: Number, default: null },
      journal: {
        type: [
          new Schema(
            {
              version: count,
              decidedAt: instant,
              registration: new Schema(registrationFields, { _id: false }),
            },
            { _id: false },
          ),
        ],
        required: true,
      },
      unsettledSince: Date,
      overAt: instant,
      position: new Schema({ type: { type: String, required: true }, coordinates: [Number] }, { _id: false }),
      search: searchField,
      deletedAt: Date,
      ...outboxSchemaFields,
    },
    { collection: 'events', versionKey: false },
  )
  schema.index({ status: 1, startsAt: 1, _id: 1 })
  schema.index({ status: 1, createdAt: 1, _id: 1 })
  schema.index({ status: 1, overAt: 1 })
  schema.index({ organizerId: 1, startsAt: 1, _id: 1 })
  schema.index({ tags: 1, startsAt: 1, _id: 1 })
  schema.index({ position: '2dsphere' })
  schema.index({ unsettledSince: 1 }, { sparse: true })
  schema.index(...searchIndex)
  schema.index(...outboxIndex)
  return connection.model<EventDocument>('Event', schema)
}

/** The collection of registrations; its indexes are made when the subgraph prepares. */
export function createRegistrationModel(connection: Connection): RegistrationModel {
  const schema = new Schema<RegistrationDocument>(
    { ...registrationFields, version: count },
    { collection: 'registrations', versionKey: false },
  )
  schema.index({ eventId: 1, userId: 1 }, { unique: true })
  schema.index({ eventId: 1, ticketCode: 1 }, { unique: true })
  schema.index({ eventId: 1, sequence: 1, _id: 1 })
  schema.index(waitlistIndex)
  schema.index(waitlistByPartySizeIndex)
  schema.index({ userId: 1, registeredAt: -1, _id: -1 })
  return connection.model<RegistrationDocument>('Registration', schema)
}
