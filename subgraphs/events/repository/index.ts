import type { Connection } from 'mongoose'

import { ensureIndexes } from '../../../packages/subgraph-kit/mongo/database'
import { publishLater, type PublishPendingEvents } from '../../../packages/event-log/outbox/outboxRelay'
import { runOutOfScope } from '../../../packages/platform/request/requestScope'
import type { Event } from '../domain/event'
import { createEventModel, createRegistrationModel } from './models'
import { createTicketCode } from '../domain/registration'
import type { RegisterRequest } from '../domain/seats'
import { createEventCommands } from './eventCommands'
import { createSeatAllocator } from './seatAllocator'
import { createEventDocument } from './documents'
import { createEventCascades } from './cascades'
import { createEventQueries } from './eventQueries'
import { createRegistrationJournal } from './registrationJournal'
import { createSeatStateStore } from './seatState'
import { createRegistrationQueries } from './registrationQueries'
import { createPerEventQueue } from './perEventQueue'

export type { WaitlistEntry as Place, StatusFilter as Statuses } from './registrationQueries'
export type EventRepository = ReturnType<typeof createEventRepository>

/** A registration that an import knows of; it is confirmed. */
export type ImportedRegistration = Pick<RegisterRequest, 'id' | 'userId' | 'guestCount' | 'registeredAt'> & {
  eventId: string
}

const importPage = 500

/**
 * Reads and writes events and their registrations. Every write is one atomic operation on one document.
 *
 * @param tell told of what is written with events
 */
export function createEventRepository(
  connection: Connection,
  now: () => Date = () => new Date(),
  tell: PublishPendingEvents = publishLater,
) {
  const events = createEventModel(connection)
  const registrations = createRegistrationModel(connection)
  const turns = createPerEventQueue()
  const journal = createRegistrationJournal(connection)
  const ledgers = createSeatStateStore(connection, registrations, events, journal, tell, now)
  const desk = createSeatAllocator(registrations, ledgers, journal, turns, now)
  // A query may cause it, but it writes.
  const settle = (eventId: string) =>
    runOutOfScope(() => turns.enqueue(eventId, () => ledgers.settle(eventId)))
  const writer = createEventCommands(connection, events, ledgers, turns, tell, now)

  return {
    ...createEventQueries(connection, events, settle, now),
    ...createRegistrationQueries(connection, registrations),
    insertEvent: writer.insertEvent,
    changeEvent: writer.changeEvent,
    deleteEvent: writer.deleteEvent,
    undoEventInsertion: writer.takeBackEvent,
    ...createEventCascades({ events, registrations, writer, submit: desk.submit, settle, now }),

    /** Makes the indexes, and settles what a crash has left behind. */
    async prepare(): Promise<void> {
      await ensureIndexes(events, registrations)
      const unsettled = await events
        .find({ unsettledSince: { $exists: true } })
        .select('_id')
        .lean<{ _id: string }[]>()
      for (const { _id } of unsettled) await settle(_id)
    },

    /** Settles when nothing that was begun is under way any more. */
    waitUntilIdle: () => turns.waitUntilIdle(),

    /** Decides a registration, a cancellation or a check-in; see {@link createSeatAllocator}. */
    submitSeatRequest: desk.submit,

    /** Inserts those of these events that are not there yet; one that is there stays as it is. */
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
     * Confirms registrations at events that are there, begun or not, in the order given. Who is registered already
     * stays as they are; at an event with a limit, who does not fit waits.
     */
    async importRegistrations(imported: readonly ImportedRegistration[]): Promise<{ inserted: number }> {
      let inserted = 0
      for (let from = 0; from < imported.length; from += importPage) {
        const page = imported.slice(from, from + importPage)
        const ids = { _id: { $in: page.map(({ id }) => id) } }
        const before = await registrations.countDocuments(ids)
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
        await desk.submitMany(requests)
        inserted += (await registrations.countDocuments(ids)) - before
      }
      return { inserted }
    },
  }
}
