import type { Connection, mongo } from 'mongoose'

import {
  pushEvents,
  addEventsStage,
  insertWithEvents,
} from '../../../packages/event-log/mongo/documentOutbox'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox/outboxRelay'
import type { Event, EventChange } from '../domain/event'
import type { EventDocument, EventModel } from './models'
import { isRegistrationOpen, startWaitlistPromotion, type Seats } from '../domain/seats'
import { deriveSearchFields, toEvent, createEventDocument } from './documents'
import { backOff, type SeatStateStore } from './seatState'
import { toEventChanged, toEventCreated, toEventDeleted } from '../domain/domainEvents'
import type { PerEventQueue } from './perEventQueue'

/** Writes what events are, apart from their seats. Each write holds what the feed is told of it. */
export function createEventCommands(
  connection: Connection,
  model: EventModel,
  ledgers: SeatStateStore,
  turns: PerEventQueue,
  tell: PublishPendingEvents,
  now: () => Date,
) {
  const collection = connection.collection<EventDocument>('events')
  const find = (id: string) => model.findOne({ _id: id, deletedAt: null }).lean<EventDocument | null>()

  /** @returns the event as it is then; undefined where it was written to since it was read */
  async function write(
    document: EventDocument,
    event: Event,
    change: EventChange,
  ): Promise<Event | undefined> {
    const { _id, version } = document
    const { walkedTo } = seatsAfter(document, event, now())
    const isFreed = walkedTo !== null
    const { position, ...derived } = deriveSearchFields(event)
    const { modifiedCount } = await model.updateOne(
      { _id, version },
      {
        $set: {
          ...change,
          ...derived,
          version: version + 1,
          walkedTo,
          ...(position && { position }),
          ...(isFreed && { unsettledSince: document.unsettledSince ?? now() }),
        },
        ...(!position && { $unset: { position: 1 } }),
        ...pushEvents(toEventChanged(event, change, now())),
      },
    )
    if (modifiedCount === 0) return undefined
    tell(_id)
    if (!isFreed) return event
    await ledgers.settle(_id)
    const settled = await find(_id)
    return settled ? toEvent(settled) : event
  }

  /**
   * Replaces an event's document by a tombstone, which keeps imports from restoring it.
   *
   * @param expected only while the document matches this
   * @returns whether it did
   */
  async function erase(
    { id, wasPublished }: Pick<Event, 'id' | 'wasPublished'>,
    expected: mongo.Filter<EventDocument>,
  ): Promise<boolean> {
    const at = now()
    const events = addEventsStage(toEventDeleted({ wasPublished }, at))
    const tombstone = { _id: '$_id', deletedAt: at, relay: '$relay', ...events }
    const { modifiedCount } = await collection.updateOne(
      { ...expected, _id: id, deletedAt: { $exists: false } },
      [{ $replaceWith: tombstone }],
    )
    tell(id)
    return modifiedCount === 1
  }

  return {
    async insertEvent(event: Event): Promise<void> {
      await model.create({ ...createEventDocument(event), ...insertWithEvents(toEventCreated(event, now())) })
      tell(event.id)
    },

    /**
     * Changes an event, all at once; where the capacity is raised, or registration opens again, who waits
     * and fits gets seats.
     *
     * @param decide what changes, given the event as it is; called anew when somebody else has changed it meanwhile.
     *   What it throws ends the change. Null changes nothing.
     * @returns the event as it is now, or undefined where there is none
     */
    changeEvent: (id: string, decide: (event: Event) => EventChange | null): Promise<Event | undefined> =>
      turns.enqueue(id, async () => {
        for (let failures = 0; ; await backOff(++failures)) {
          const document = await find(id)
          if (!document) return undefined
          const event = toEvent(document)
          const change = decide(event)
          if (!change) return event
          const written = await write(document, { ...event, ...change }, change)
          if (written) return written
        }
      }),

    /**
     * Deletes an event.
     *
     * @param decide whether to delete the event as it is; an error that it throws ends the deletion
     * @returns the deleted event, or undefined where none was deleted
     */
    deleteEvent: (id: string, decide: (event: Event) => boolean): Promise<Event | undefined> =>
      turns.enqueue(id, async () => {
        for (let failures = 0; ; await backOff(++failures)) {
          const document = await find(id)
          if (!document) return undefined
          const event = toEvent(document)
          if (!decide(event)) return undefined
          if (await erase(event, { version: document.version })) return event
        }
      }),

    /** Deletes an event that should not have been made, unless somebody has registered for it by now. */
    takeBackEvent: (event: Event): Promise<unknown> =>
      turns.enqueue(event.id, () => erase(event, { sequence: 0 })),
  }
}

export type EventCommands = ReturnType<typeof createEventCommands>

/** Offers free seats to those who wait where a change adds seats, or opens registration again. */
function seatsAfter(document: EventDocument, { capacity, status, startsAt }: Event, now: Date): Seats {
  const { _id: id, seatsTaken, waitlistCount, checkedInCount, sequence, walkedTo } = document
  const counts = { seatsTaken, waitlistCount, checkedInCount }
  const seats = { id, status, startsAt, capacity, ...counts, sequence, walkedTo }
  const isRaised = document.capacity !== null && (capacity === null || capacity > document.capacity)
  return isRaised || !isRegistrationOpen(document, now) ? startWaitlistPromotion(seats, now) : seats
}
