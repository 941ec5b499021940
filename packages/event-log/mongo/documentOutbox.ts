import { randomUUID } from 'node:crypto'
import { Schema, type Connection, type IndexDefinition, type IndexOptions } from 'mongoose'

import { readBounds } from '../../platform/request/readBounds'
import { parseEventData } from '../eventJson'
import type { DomainEvent } from '../eventLog'
import type { Outbox, PendingEvent } from '../outbox/outbox'

/** The fields of a document that tells of its changes, for its model. */
export interface OutboxFields {
  /** How many events there have ever been: the sequence of the last one. */
  eventSequence?: number
  /** The last ones of them, not published yet for all that is known. Absent when there are none. */
  pendingEvents?: PendingEvent[]
  /** Which relay publishes those up to a sequence now; `until` by the server's clock. */
  relay?: { token: string; until: Date; upTo: number }
}

/** For the schema of such a document. None of it is read with the document. */
export const outboxSchemaFields = {
  eventSequence: { type: Number, select: false },
  pendingEvents: { type: [Schema.Types.Mixed], default: undefined, select: false },
  relay: { type: Schema.Types.Mixed, select: false },
}

/** What finds those that wait, for `schema.index(...pendingEventsIndex)`. It has no entry for any other document. */
export const outboxIndex: [IndexDefinition, IndexOptions] = [
  { 'pendingEvents.id': 1 },
  { name: 'pendingEvents', sparse: true },
]

/** The first events of a document, as fields for its insertion. */
export const insertWithEvents = (...events: PendingEvent[]) => ({
  eventSequence: events.length,
  pendingEvents: events,
})

/** Adds events, as operators of an update. */
export const pushEvents = (...events: PendingEvent[]) => ({
  $push: { pendingEvents: { $each: events } },
  $inc: { eventSequence: events.length },
})

/** Adds events, as fields for the $set of a pipeline. */
export const addEventsStage = (...events: PendingEvent[]) => ({
  pendingEvents: { $concatArrays: [{ $ifNull: ['$pendingEvents', []] }, { $literal: events }] },
  eventSequence: { $add: [{ $ifNull: ['$eventSequence', 0] }, events.length] },
})

/**
 * The same for one event, which is left out where the last one that waits says the same and is in nobody's claim: it is
 * told of after this write, and whoever is told of it finds what this write has changed. A claim is written into the
 * document, with the sequence that it goes up to, before its events are read; so an event that no claim covers cannot be
 * under way yet. However many changes come in a row, no more than one event waits beside those that are claimed.
 */
export const addEventOnceStage = (event: PendingEvent) => {
  const added = addEventsStage(event)
  const lastOf = (field: 'type' | 'data') => ({ $last: { $ifNull: [`$pendingEvents.${field}`, []] } })
  const isSaid = {
    $and: [
      { $eq: [lastOf('type'), event.type] },
      { $eq: [lastOf('data'), { $literal: event.data }] },
      { $gt: ['$eventSequence', { $ifNull: ['$relay.upTo', 0] }] },
    ],
  }
  return {
    pendingEvents: { $cond: [isSaid, '$pendingEvents', added.pendingEvents] },
    eventSequence: { $cond: [isSaid, '$eventSequence', added.eventSequence] },
  }
}

const waits = { 'pendingEvents.id': { $exists: true } }
// What is missing is less than anything. The clock is the server's, the same for all processes.
const unclaimed = { $expr: { $lt: ['$relay.until', '$$NOW'] } }
const mostAtOnce = 500
const claimedFields = { eventSequence: 1, pendingEvents: 1, relay: 1 }

/**
 * The outbox in the documents of a collection; a document's `_id` is its entity's ID.
 *
 * @param claimFor how long a claim lasts, in milliseconds: so long the events wait of a process that was killed
 */
export function createDocumentOutbox(
  connection: Connection,
  collectionName: string,
  claimFor = 5000,
): Outbox {
  const collection = connection.collection<OutboxFields & { _id: string }>(collectionName)

  async function findWaiting(): Promise<string[]> {
    const found = await collection
      .find({ ...waits, ...unclaimed }, { projection: { _id: 1 }, ...readBounds() })
      .limit(mostAtOnce)
      .toArray()
    return found.map(({ _id }) => _id)
  }

  /** Most often one document was just written: then a claim is one command, and so is its clearing. */
  const claimOne = async (_id: string, claiming: Record<string, unknown>[]) => {
    const options = { returnDocument: 'after', projection: claimedFields } as const
    const claimed = await collection.findOneAndUpdate({ _id, ...waits, ...unclaimed }, claiming, options)
    return claimed ? [claimed] : []
  }

  async function claimMany(ids: readonly string[], claiming: Record<string, unknown>[], token: string) {
    const filter = { _id: { $in: [...ids] }, ...waits, ...unclaimed }
    const { modifiedCount } = await collection.updateMany(filter, claiming)
    if (modifiedCount === 0) return []
    const isOurs = { _id: { $in: [...ids] }, 'relay.token': token }
    return collection.find(isOurs, { projection: claimedFields, ...readBounds() }).toArray()
  }

  return {
    async claim(ids) {
      const token = randomUUID()
      const candidates = ids ?? (await findWaiting())
      const [only] = candidates
      if (only === undefined) return { token, events: new Map() }
      const until = { $add: ['$$NOW', claimFor] }
      const claiming = [{ $set: { relay: { token, until, upTo: { $ifNull: ['$eventSequence', 0] } } } }]
      const claimed =
        candidates.length === 1
          ? await claimOne(only, claiming)
          : await claimMany(candidates, claiming, token)
      return { token, events: new Map(claimed.map((document) => [document._id, toEvents(document)])) }
    },

    async clear({ token, events }) {
      const [only, ...others] = events
      if (!only) return []
      if (others.length === 0) {
        const [_id, published] = only
        const options = { returnDocument: 'after', projection: { 'pendingEvents.id': 1 } } as const
        const left = await collection.findOneAndUpdate({ _id }, without(published, token), options)
        return left?.pendingEvents ? [_id] : []
      }
      const writes = [...events].map(([_id, published]) => ({
        updateOne: { filter: { _id }, update: without(published, token) },
      }))
      await collection.bulkWrite(writes, { ordered: false })
      return [...events.keys()]
    },
  }
}

/** Those that wait are the last ones there have been; what was added after the claim is left to the next one. */
function toEvents({
  _id,
  eventSequence = 0,
  pendingEvents = [],
  relay,
}: OutboxFields & { _id: string }): DomainEvent[] {
  const published = eventSequence - pendingEvents.length
  const claimed = (relay?.upTo ?? published) - published
  return pendingEvents.slice(0, claimed).map(({ id, type, at, data }, index) => {
    return { id, type, entity: _id, sequence: published + index + 1, at, data: parseEventData(data) }
  })
}

/** Leaves what was added meanwhile, and a claim that is another one's by now. */
function without(published: readonly DomainEvent[], token: string) {
  const ids = { $literal: published.map(({ id }) => id) }
  const rest = {
    $filter: { input: { $ifNull: ['$pendingEvents', []] }, cond: { $not: { $in: ['$$this.id', ids] } } },
  }
  return [
    { $set: { pendingEvents: rest } },
    {
      $set: {
        pendingEvents: { $cond: [{ $eq: ['$pendingEvents', []] }, '$$REMOVE', '$pendingEvents'] },
        relay: { $cond: [{ $eq: ['$relay.token', token] }, '$$REMOVE', '$relay'] },
      },
    },
  ]
}
