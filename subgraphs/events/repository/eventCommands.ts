import type { Connection, mongo } from 'mongoose'

import { insertWithEvents, pushEvents } from '../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import { insertOnce } from '../../../packages/subgraph-kit/mongo'
import { toChangeEvents, toEventAnnounced, toEventCreated } from '../domain/domainEvents'
import { isComing, type Event, type EventChange } from '../domain/event'
import type { DeletionCause } from '../domain/removal'
import { startWaitlistPromotion, type Seats } from '../domain/seats'
import { createEventDocument, deriveSearchFields, toEvent } from './documents'
import { buildTombstone } from './removals'
import type { EventDocument, EventModel } from './models'
import type { PerEventQueue } from './perEventQueue'
import { waitAfterConflict, type SeatStateStore } from './seatState'

/** Writes events, except for seats taken by registrations. Each write includes its domain event. */
export function createEventCommands(
  connection: Connection,
  model: EventModel,
  seatStates: SeatStateStore,
  eventQueue: PerEventQueue,
  publishPendingEvents: PublishPendingEvents,
  now: () => Date,
) {
  const collection = connection.collection<EventDocument>('events')
  const findDocument = (id: string) =>
    model.findOne({ _id: id, deletedAt: null }).lean<EventDocument | null>()

  /** Applies the journal first, so that all registrations can be found. */
  async function findSettledDocument(id: string): Promise<EventDocument | null> {
    const document = await findDocument(id)
    if (!document?.unsettledSince) return document
    await seatStates.settleEvent(id)
    return findDocument(id)
  }

  /** @returns the updated event; undefined if it was changed concurrently */
  async function writeChange(
    document: EventDocument,
    event: Event,
    change: EventChange,
    actorId: string | undefined,
  ): Promise<Event | undefined> {
    const { _id, version } = document
    const { walkedTo } = deriveSeats(document, event, now())
    const startsPromotion = walkedTo !== null
    const { position, ...searchFields } = deriveSearchFields(event)
    const unset = {
      ...(!position && { position: 1 }),
      ...(document.startsAt.getTime() !== event.startsAt.getTime() && { remindedFor: 1 }),
    }
    const { modifiedCount } = await model.updateOne(
      { _id, version },
      {
        $set: {
          ...change,
          ...searchFields,
          version: version + 1,
          walkedTo,
          ...(position && { position }),
          ...(startsPromotion && { unsettledSince: document.unsettledSince ?? now() }),
        },
        ...(Object.keys(unset).length > 0 && { $unset: unset }),
        ...pushEvents(...toChangeEvents(toEvent(document), event, actorId, now())),
      },
    )
    if (modifiedCount === 0) return undefined
    publishPendingEvents(_id)
    if (!startsPromotion) return event
    await seatStates.settleEvent(_id)
    const settled = await findDocument(_id)
    return settled ? toEvent(settled) : event
  }

  /**
   * Replaces an event's document by a tombstone, which prevents imports from restoring it.
   *
   * @returns false if the document does not match the condition
   */
  async function replaceByTombstone(
    event: Event,
    condition: mongo.Filter<EventDocument>,
    cause: DeletionCause = {},
  ): Promise<boolean> {
    const { id } = event
    const { modifiedCount } = await collection.updateOne(
      { ...condition, _id: id, deletedAt: { $exists: false } },
      [{ $replaceWith: buildTombstone(event, cause, now()) }],
    )
    publishPendingEvents(id)
    return modifiedCount === 1
  }

  return {
    /**
     * Inserts a new event, unless one with the same idempotency key was inserted recently.
     *
     * @param creationKey from `readIdempotencyKey`
     * @returns the earlier event; null if this one was inserted
     */
    async insertEvent(event: Event, creationKey?: string): Promise<Event | null> {
      const earlier = await insertOnce<EventDocument>(model, {
        ...createEventDocument(event),
        ...insertWithEvents(toEventCreated(event, now())),
        ...(creationKey !== undefined && { creationKey }),
      })
      if (earlier) return toEvent(earlier)
      publishPendingEvents(event.id)
      return null
    },

    /**
     * Changes an event atomically. If the change adds seats, or postpones an event that had ended, the waitlist is promoted.
     *
     * @param decide returns the change of the current event, or null for none; called again after a concurrent change.
     *   Its errors abort the change.
     * @param actorId the user who changes it, for the domain events
     * @returns the updated event; undefined if it does not exist
     */
    changeEvent: (
      id: string,
      decide: (event: Event) => EventChange | null,
      actorId?: string,
    ): Promise<Event | undefined> =>
      eventQueue.enqueue(id, async () => {
        for (let conflicts = 0; ; await waitAfterConflict(++conflicts)) {
          const document = await findDocument(id)
          if (!document) return undefined
          const event = toEvent(document)
          const change = decide(event)
          if (!change) return event
          const updated = await writeChange(document, { ...event, ...change }, change, actorId)
          if (updated) return updated
        }
      }),

    /**
     * Deletes an event.
     *
     * @param decide returns the cause, or null not to delete the current event; called again after a concurrent change.
     *   Its errors abort the deletion.
     * @returns the deleted event; undefined if none was deleted
     */
    deleteEvent: (id: string, decide: (event: Event) => DeletionCause | null): Promise<Event | undefined> =>
      eventQueue.enqueue(id, async () => {
        for (let conflicts = 0; ; await waitAfterConflict(++conflicts)) {
          const document = await findSettledDocument(id)
          if (!document) return undefined
          const event = toEvent(document)
          const cause = decide(event)
          if (!cause) return undefined
          if (await replaceByTombstone(event, { version: document.version }, cause)) return event
        }
      }),

    /**
     * Adds the domain event of a message to the people who are registered.
     *
     * @returns false if the event is not published, or its organizer is another user
     */
    async announceEvent(id: string, organizerId: string, message: string): Promise<boolean> {
      const { modifiedCount } = await model.updateOne(
        { _id: id, organizerId, status: 'PUBLISHED' },
        pushEvents(toEventAnnounced(message, organizerId, now())),
      )
      publishPendingEvents(id)
      return modifiedCount === 1
    },

    /** Deletes an event that should not have been inserted, unless a registration was made for it. */
    undoEventInsertion: (event: Event): Promise<unknown> =>
      eventQueue.enqueue(event.id, () => replaceByTombstone(event, { sequence: 0 })),
  }
}

export type EventCommands = ReturnType<typeof createEventCommands>

/**
 * Returns the seats after a change. Starts a waitlist promotion if the change adds seats, or postpones an event that
 * had ended.
 */
function deriveSeats(document: EventDocument, event: Event, now: Date): Seats {
  const { capacity } = event
  const { sequence, walkedTo } = document
  const seats: Seats = { ...event, sequence, walkedTo }
  const addsSeats = document.capacity !== null && (capacity === null || capacity > document.capacity)
  return addsSeats || !isComing(document, now) ? startWaitlistPromotion(seats, now) : seats
}
