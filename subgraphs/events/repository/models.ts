import { Schema, type Connection, type Model } from 'mongoose'

import { outboxIndex, outboxSchemaFields, type OutboxFields } from '../../../packages/event-log/mongo'
import {
  creationKeyIndex,
  searchField,
  searchIndex,
  searchTokenIndex,
  type IdempotentCreation,
  type StoredDocument,
} from '../../../packages/subgraph-kit/mongo'
import type { SearchText } from '../../../packages/subgraph-kit/input'
import type { Event } from '../domain/event'
import type { Registration } from '../domain/registration'
import type { Cancellation } from '../domain/removal'
import type { Seats } from '../domain/seats'

/**
 * A registration as stored, unique for a user and an event. An anonymized registration holds its own ID in place of the
 * user ID.
 */
export type StoredRegistration = Omit<StoredDocument<Registration>, 'userId' | LaterField> & {
  userId: string
} & Partial<Pick<Registration, LaterField>>

/** Fields that documents of earlier versions lack. */
type LaterField = 'arrivedCount' | 'isWithdrawn' | 'isTooLarge'

/** A registration with the version of the event that decided it last. */
export type RegistrationDocument = StoredRegistration & { version: number }

/** A decided registration, kept in its event until it has been applied to the registrations. */
export interface JournalEntry {
  /** The version of the event that the decision created. */
  version: number
  decidedAt: Date
  registration: StoredRegistration
}

export type EventDocument = Omit<
  StoredDocument<Event>,
  'wasPublished' | 'registrationClosesAt' | 'maxGuests'
> &
  Pick<Seats, 'sequence' | 'walkedTo'> &
  OutboxFields &
  IdempotentCreation & {
    /** Absent in documents of earlier versions; see `readWasPublished`. */
    wasPublished?: boolean
    /** Absent in documents of earlier versions. */
    registrationClosesAt?: Date | null
    /** Absent in documents of earlier versions. */
    maxGuests?: number
    /**
     * Incremented by every write that affects decisions. Decisions are written only if it is unchanged since the read.
     */
    version: number
    journal: JournalEntry[]
    /** The time of the oldest journal entry or of a pending waitlist promotion; absent in settled events. */
    unsettledSince?: Date
    /** The start of which people have been reminded. Absent before, and after a change of the start. */
    remindedFor?: Date
    /** The end of the event; see `getEventEnd`. */
    overAt: Date
    /** Absent without a position. */
    position?: { type: 'Point'; coordinates: [longitude: number, latitude: number] }
    search?: SearchText
    /** When the event was deleted. Present in tombstones only, which have no other fields than those of the outbox and the next ones. */
    deletedAt?: Date
    /** The details of an event that a moderator has removed, until they are erased. */
    removed?: Omit<Event, 'id' | 'organizerId' | 'deletedAt'>
    /** The organizer of an event that a moderator has removed, as long as the account exists. */
    removedOrganizerId?: string
    /** Of a deleted event that had not ended: its registrations are deleted, and their users notified. */
    cancellation?: Cancellation
    /** When the sweeper erases the fields above. */
    eraseAt?: Date
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
  arrivedCount: Number,
  isWithdrawn: Boolean,
  isTooLarge: Boolean,
}

/** The registrations of an event by user, each of whom has at most one. */
export const registrationByUserIndex = { eventId: 1, userId: 1 } as const
/** Waitlist promotion reads it if few seats are free: parties of each size in order of arrival. */
export const waitlistByPartySizeIndex = { eventId: 1, status: 1, guestCount: 1, sequence: 1 } as const
/** The waitlist in order of arrival; also pages and counts of an event's registrations of one status. */
export const waitlistIndex = { eventId: 1, status: 1, sequence: 1, _id: 1 } as const

/** Published events of which people have not been reminded yet, by start. */
export const reminderIndex = { status: 1, remindedFor: 1, startsAt: 1 } as const

/** Creates the model of the `events` collection, without building its indexes. */
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
      registrationClosesAt: Date,
      maxGuests: Number,
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
      creationKey: String,
      remindedFor: Date,
      deletedAt: Date,
      removed: Schema.Types.Mixed,
      removedOrganizerId: String,
      cancellation: Schema.Types.Mixed,
      eraseAt: Date,
      ...outboxSchemaFields,
    },
    { collection: 'events', versionKey: false },
  )
  schema.index({ status: 1, startsAt: 1, _id: 1 })
  schema.index({ status: 1, createdAt: 1, _id: 1 })
  schema.index({ status: 1, overAt: 1, _id: 1 })
  schema.index({ organizerId: 1, startsAt: 1, _id: 1 })
  schema.index({ tags: 1, startsAt: 1, _id: 1 })
  schema.index({ tags: 1, overAt: 1, _id: 1 })
  schema.index({ position: '2dsphere' })
  schema.index({ unsettledSince: 1 }, { sparse: true })
  schema.index(reminderIndex)
  // Fields that few tombstones have.
  for (const field of ['removedOrganizerId', 'eraseAt'] as const)
    schema.index({ [field]: 1 }, { sparse: true })
  schema.index(...searchIndex)
  schema.index(...searchTokenIndex)
  schema.index(...creationKeyIndex)
  schema.index(...outboxIndex)
  return connection.model<EventDocument>('Event', schema)
}

/** Creates the model of the `registrations` collection, without building its indexes. */
export function createRegistrationModel(connection: Connection): RegistrationModel {
  const schema = new Schema<RegistrationDocument>(
    { ...registrationFields, version: count },
    { collection: 'registrations', versionKey: false },
  )
  schema.index(registrationByUserIndex, { unique: true })
  schema.index({ eventId: 1, ticketCode: 1 }, { unique: true })
  schema.index({ eventId: 1, sequence: 1, _id: 1 })
  schema.index(waitlistIndex)
  schema.index(waitlistByPartySizeIndex)
  schema.index({ userId: 1, registeredAt: -1, _id: -1 })
  return connection.model<RegistrationDocument>('Registration', schema)
}
