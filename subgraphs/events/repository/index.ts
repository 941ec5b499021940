import type { Connection } from 'mongoose'
import { maxBatchSize, runOutOfScope } from '../../../packages/platform'
import { publishLater, recordEntities, type PublishPendingEvents } from '../../../packages/event-log/outbox'
import { createReadLimiter, ensureIndexes, type ReadLimiter } from '../../../packages/subgraph-kit/mongo'
import { runMigrations, type MigrationLog } from '../../../packages/subgraph-kit/migrations'
import { toSeatsChanged } from '../domain/domainEvents'
import type { Event } from '../domain/event'
import { createTicketCode } from '../domain/registration'
import type { RegisterRequest } from '../domain/register'
import type { OnSeatOutcome, SeatRequest } from '../domain/seatRequests'
import type { SeatDecision } from '../domain/seats'
import { createEventCascades } from './cascades'
import { createEventDocument } from './documents'
import { createEventCommands } from './eventCommands'
import { createEventQueries } from './eventQueries'
import { migrations } from './migrations'
import { createEventModel, createRegistrationModel } from './models'
import { createPerEventQueue } from './perEventQueue'
import { createRegistrationJournal } from './registrationJournal'
import { createRegistrationQueries, type RegisteredUserPage } from './registrationQueries'
import { createReminders } from './reminders'
import { createEventRemovals } from './removals'
import { createSeatAllocator } from './seatAllocator'
import { createSeatStateStore } from './seatState'
import { createTooLargeMarker } from './tooLargeParties'

export * from './orders'
export type { StatusFilter, WaitlistEntry } from './registrationQueries'
export type EventRepository = ReturnType<typeof createEventRepository>

/** A registration to import. */
type ImportedRegistration = Pick<RegisterRequest, 'id' | 'userId' | 'guestCount' | 'registeredAt'> & {
  eventId: string
}

/**
 * Reads and writes events and their registrations. Every write is one atomic operation on one document.
 *
 * @param publishPendingEvents called after writes that add domain events to the outbox
 * @param onOutcome called for every changed registration
 */
export function createEventRepository(
  connection: Connection,
  now: () => Date = () => new Date(),
  publishPendingEvents: PublishPendingEvents = publishLater,
  readLimiter: ReadLimiter = createReadLimiter(),
  onOutcome: OnSeatOutcome = () => undefined,
) {
  const events = createEventModel(connection)
  const registrations = createRegistrationModel(connection)
  const eventQueue = createPerEventQueue()
  const journal = createRegistrationJournal(connection)
  const seatStates = createSeatStateStore(
    connection,
    registrations,
    events,
    journal,
    publishPendingEvents,
    now,
    onOutcome,
  )
  const allocator = createSeatAllocator(registrations, seatStates, journal, eventQueue, now, onOutcome)
  // Queries trigger it too, so it must not inherit the request scope, which bounds reads.
  const settleEvent = (eventId: string) =>
    runOutOfScope(() => eventQueue.enqueue(eventId, () => seatStates.settleEvent(eventId)))
  const registrationQueries = createRegistrationQueries(connection, registrations)
  const commands = createEventCommands(connection, events, seatStates, eventQueue, publishPendingEvents, now)

  const removals = createEventRemovals(events, registrations, publishPendingEvents, now)

  return {
    ...removals,
    ...createEventQueries(connection, events, settleEvent, readLimiter, now),
    ...registrationQueries,
    ...commands,
    ...createReminders(events, publishPendingEvents, now),
    ...createTooLargeMarker({ events, registrations, allocator }),
    ...createEventCascades({ events, registrations, commands, removals, allocator, settleEvent, now }),

    /** Migrates the database, builds the indexes and settles events that a crash left unsettled. @throws StartupError */
    async prepare(log: MigrationLog): Promise<void> {
      const state = await runMigrations({ connection, migrations, log })
      if (state === 'current') await ensureIndexes(events, registrations)
      const unsettled = await events
        .find({ unsettledSince: { $exists: true } })
        .select('_id')
        .lean<{ _id: string }[]>()
      for (const { _id } of unsettled) await settleEvent(_id)
    },

    /**
     * Returns the IDs of users who are registered for an event, by all decisions that were made before the call: decided
     * registrations that are in the journal only are applied first.
     */
    async registeredUserIds(page: RegisteredUserPage): Promise<string[]> {
      const isUnsettled = { _id: page.eventId, unsettledSince: { $exists: true } }
      if (await events.exists(isUnsettled)) await settleEvent(page.eventId)
      return registrationQueries.registeredUserIds(page)
    },

    /** Resolves when no write is running or waiting. */
    waitUntilIdle: eventQueue.waitUntilIdle,

    /** Decides a registration, a cancellation or a check-in; see {@link createSeatAllocator}. */
    async submitSeatRequest(eventId: string, request: SeatRequest): Promise<SeatDecision> {
      const decision = await allocator.submit(eventId, request)
      if (!decision.changed) return decision
      // The work of another request may have written the batch, and its domain event.
      toSeatsChanged(decision.seats, now())
      recordEntities([eventId])
      return decision
    },

    /** Inserts new events, skipping existing and deleted ones. */
    async importEvents(imported: readonly Event[]): Promise<{ inserted: number }> {
      if (imported.length === 0) return { inserted: 0 }
      const writes = imported.map((event) => {
        const { _id, ...rest } = createEventDocument(event)
        return { updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true } }
      })
      const { upsertedCount } = await events.bulkWrite(writes, { ordered: false })
      return { inserted: upsertedCount }
    },

    /**
     * Registers users for existing events, also after their start, in the given order. Existing registrations are
     * skipped; parties that do not fit are waitlisted.
     */
    async importRegistrations(imported: readonly ImportedRegistration[]): Promise<{ inserted: number }> {
      let inserted = 0
      for (let from = 0; from < imported.length; from += maxBatchSize) {
        const page = imported.slice(from, from + maxBatchSize)
        const ids = { _id: { $in: page.map(({ id }) => id) } }
        const countBefore = await registrations.countDocuments(ids)
        const requests = page.map(({ eventId, id, userId, guestCount, registeredAt }) => {
          const request: RegisterRequest = {
            kind: 'register',
            imported: true,
            id,
            userId,
            guestCount,
            registeredAt,
            ticketCode: createTicketCode(),
          }
          return { eventId, request }
        })
        await allocator.submitMany(requests)
        inserted += (await registrations.countDocuments(ids)) - countBefore
      }
      return { inserted }
    },
  }
}
