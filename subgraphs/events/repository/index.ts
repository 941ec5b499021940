import type { Connection } from 'mongoose'

import { ensureIndexes } from '../../shared/database'
import type { Event, EventChange } from '../event'
import { createEventModel, createRegistrationModel, type EventDocument } from '../model'
import { newTicketCode } from '../registration'
import { offerFreeSeats, type RegisterRequest, type Seats } from '../seats'
import { createDesk } from './desk'
import { derivedOf, eventOf, newEventDocument } from './documents'
import { createEventReader } from './events'
import { createJournal } from './journal'
import { backOff, createLedgers } from './ledger'
import { createRegistrationReader } from './registrations'
import { createTurns } from './turns'

export type { Place, Statuses } from './registrations'
export type EventRepository = ReturnType<typeof createEventRepository>

/** A registration that an import knows of; it is confirmed. */
export type ImportedRegistration = Pick<RegisterRequest, 'id' | 'userId' | 'guestCount' | 'registeredAt'> & {
  eventId: string
}

const importPage = 500

/** Reads and writes events and their registrations. Every write is one atomic operation on one document. */
export function createEventRepository(connection: Connection, now: () => Date = () => new Date()) {
  const events = createEventModel(connection)
  const registrations = createRegistrationModel(connection)
  const turns = createTurns()
  const journal = createJournal(connection)
  const ledgers = createLedgers(connection, registrations, events, journal, now)
  const desk = createDesk(registrations, ledgers, journal, turns, now)
  const settle = (eventId: string) => turns.take(eventId, () => ledgers.settle(eventId))

  return {
    ...createEventReader(connection, events, settle, now),
    ...createRegistrationReader(connection, registrations),

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
    idle: () => turns.idle(),

    async insertEvent(event: Event): Promise<void> {
      await events.create(newEventDocument(event))
    },

    /**
     * Changes an event, all at once; where the capacity is raised, who waits and fits gets seats.
     *
     * @param decide what changes, given the event as it is; called anew when somebody else has changed it meanwhile.
     *   What it throws ends the change. Null changes nothing.
     * @returns the event as it is now, or undefined where there is none
     */
    changeEvent: (id: string, decide: (event: Event) => EventChange | null): Promise<Event | undefined> =>
      turns.take(id, async () => {
        for (let failures = 0; ; await backOff(++failures)) {
          const document = await events.findById(id).lean<EventDocument | null>()
          if (!document) return undefined
          const event = eventOf(document)
          const change = decide(event)
          if (!change) return event
          const changed = { ...event, ...change }
          const seats = seatsAfter(document, changed)
          const isFreed = seats.walkedTo !== null
          const { position, ...derived } = derivedOf(changed)
          const { modifiedCount } = await events.updateOne(
            { _id: id, version: document.version },
            {
              $set: {
                ...change,
                ...derived,
                version: document.version + 1,
                walkedTo: seats.walkedTo,
                ...(position && { position }),
                ...(isFreed && { unsettledSince: document.unsettledSince ?? now() }),
              },
              ...(!position && { $unset: { position: 1 } }),
            },
          )
          if (modifiedCount === 0) continue
          if (!isFreed) return changed
          await ledgers.settle(id)
          const settled = await events.findById(id).lean<EventDocument | null>()
          return settled ? eventOf(settled) : undefined
        }
      }),

    /** Decides a registration, a cancellation or a check-in; see {@link createDesk}. */
    submit: desk.submit,

    /** Inserts those of these events that are not there yet; one that is there stays as it is. */
    async importEvents(imported: readonly Event[]): Promise<{ inserted: number }> {
      if (imported.length === 0) return { inserted: 0 }
      const writes = imported.map((event) => {
        const { _id, ...rest } = newEventDocument(event)
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
            ticketCode: newTicketCode(),
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

function seatsAfter(document: EventDocument, { capacity, status, startsAt }: Event): Seats {
  const { _id: id, seatsTaken, waitlistCount, checkedInCount, sequence, walkedTo } = document
  const seats = {
    id,
    status,
    startsAt,
    capacity,
    seatsTaken,
    waitlistCount,
    checkedInCount,
    sequence,
    walkedTo,
  }
  const isRaised = document.capacity !== null && (capacity === null || capacity > document.capacity)
  return isRaised ? offerFreeSeats(seats) : seats
}
