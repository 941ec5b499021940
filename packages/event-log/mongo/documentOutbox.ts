import { randomUUID } from 'node:crypto'
import { Schema, type Connection, type IndexDefinition, type IndexOptions } from 'mongoose'

import { maxBatchSize, readBounds } from '../../platform'
import { parseEventData } from '../eventJson'
import type { DomainEvent } from '../eventLog'
import { maxCountedDocuments, type Outbox, type OutboxBacklog, type PendingEvent } from '../outbox/outbox'

/** The fields of a document that contains its own outbox, for the type of its model. */
export interface OutboxFields {
  /** How many events the document has ever had: the sequence of the newest one. */
  eventSequence?: number
  /** The newest events, which may not be published yet. Absent when there are none. */
  pendingEvents?: PendingEvent[]
  /** The claim of the relay that is publishing the events up to a sequence; `until` by the server's clock. */
  relay?: { token: string; until: Date; upTo: number }
}

/** The same fields for the model's schema. Reads of the document leave them out. */
export const outboxSchemaFields = {
  eventSequence: { type: Number, select: false },
  pendingEvents: { type: [Schema.Types.Mixed], default: undefined, select: false },
  relay: { type: Schema.Types.Mixed, select: false },
}

/**
 * The index of documents with pending events, for `schema.index(...outboxIndex)`. It has no entry for other
 * documents.
 */
export const outboxIndex: [IndexDefinition, IndexOptions] = [
  { 'pendingEvents.id': 1 },
  { name: 'pendingEvents', sparse: true },
]

/** Returns the fields that insert a document with its first events. */
export const insertWithEvents = (...events: PendingEvent[]) => ({
  eventSequence: events.length,
  pendingEvents: events,
})

/** Returns the update operators that add events. */
export const pushEvents = (...events: PendingEvent[]) => ({
  $push: { pendingEvents: { $each: events } },
  $inc: { eventSequence: events.length },
})

/** Returns the fields of a pipeline's `$set` that add events. */
export const addEventsStage = (...events: PendingEvent[]) => ({
  pendingEvents: { $concatArrays: [{ $ifNull: ['$pendingEvents', []] }, { $literal: events }] },
  eventSequence: { $add: [{ $ifNull: ['$eventSequence', 0] }, events.length] },
})

/**
 * Returns the fields of a pipeline's `$set` that add an event, unless the last pending one has the same type
 * and data and no claim. That one is published after this write, so that its consumers read the result of this
 * write. A claim is written, with the sequence that it includes, before its events are read, so an event that
 * no claim includes is not being published yet. Any number of consecutive changes therefore adds at most one
 * event beside the claimed ones.
 */
export const addEventOnceStage = (event: PendingEvent) => {
  const added = addEventsStage(event)
  const selectLast = (field: 'type' | 'data') => ({ $last: { $ifNull: [`$pendingEvents.${field}`, []] } })
  const isDuplicate = {
    $and: [
      { $eq: [selectLast('type'), event.type] },
      { $eq: [selectLast('data'), { $literal: event.data }] },
      { $gt: ['$eventSequence', { $ifNull: ['$relay.upTo', 0] }] },
    ],
  }
  return {
    pendingEvents: { $cond: [isDuplicate, '$pendingEvents', added.pendingEvents] },
    eventSequence: { $cond: [isDuplicate, '$eventSequence', added.eventSequence] },
  }
}

const isPending = { 'pendingEvents.id': { $exists: true } }
const claimedFields = { eventSequence: 1, pendingEvents: 1, relay: 1 }

/**
 * Creates the outbox in the documents of a collection. A document's `_id` is the ID of its entity.
 *
 * @param claimTtlMs how long a claim lasts: how long the events of a killed process wait
 */
export function createDocumentOutbox(
  connection: Connection,
  collectionName: string,
  claimTtlMs = 5000,
): Outbox {
  const collection = connection.collection<OutboxFields & { _id: string }>(collectionName)
  // The same for all claims, so that the relay can repeat one at once whose write or publication has failed.
  const token = randomUUID()
  // A missing date is less than any other. The clock is the server's, the same for all processes.
  const isClaimable = { $or: [{ 'relay.token': token }, { $expr: { $lt: ['$relay.until', '$$NOW'] } }] }

  async function findPendingIds(): Promise<string[]> {
    const found = await collection
      .find({ ...isPending, ...isClaimable }, { projection: { _id: 1 }, ...readBounds() })
      .limit(maxBatchSize)
      .toArray()
    return found.map(({ _id }) => _id)
  }

  /** Claims one document with one command: the usual case, just after it was written. */
  const claimOne = async (_id: string, claiming: Record<string, unknown>[]) => {
    const options = { returnDocument: 'after', projection: claimedFields } as const
    const filter = { _id, ...isPending, ...isClaimable }
    const claimed = await collection.findOneAndUpdate(filter, claiming, options)
    return claimed ? [claimed] : []
  }

  /** Claims documents, and returns the claimed ones in the order of `ids`: that of their writes, in one process. */
  async function claimMany(ids: readonly string[], claiming: Record<string, unknown>[]) {
    const filter = { _id: { $in: [...ids] }, ...isPending, ...isClaimable }
    const { modifiedCount } = await collection.updateMany(filter, claiming)
    if (modifiedCount === 0) return []
    const isOwn = { _id: { $in: [...ids] }, 'relay.token': token }
    const found = await collection.find(isOwn, { projection: claimedFields, ...readBounds() }).toArray()
    const byId = new Map(found.map((document) => [document._id, document]))
    return ids.flatMap((id) => byId.get(id) ?? [])
  }

  return {
    async claim(ids) {
      const candidates = ids ?? (await findPendingIds())
      const [only] = candidates
      if (only === undefined) return { token, events: new Map() }
      const until = { $add: ['$$NOW', claimTtlMs] }
      const claiming = [{ $set: { relay: { token, until, upTo: { $ifNull: ['$eventSequence', 0] } } } }]
      const claimed =
        candidates.length === 1 ? await claimOne(only, claiming) : await claimMany(candidates, claiming)
      return { token, events: new Map(claimed.map((document) => [document._id, toEvents(document)])) }
    },

    async clear({ token, events }) {
      const [only, ...others] = events
      if (!only) return []
      if (others.length === 0) {
        const [_id, published] = only
        const options = { returnDocument: 'after', projection: { 'pendingEvents.id': 1 } } as const
        const update = buildClearUpdate(published, token)
        const left = await collection.findOneAndUpdate({ _id }, update, options)
        return left?.pendingEvents ? [_id] : []
      }
      const writes = [...events].map(([_id, published]) => ({
        updateOne: { filter: { _id }, update: buildClearUpdate(published, token) },
      }))
      await collection.bulkWrite(writes, { ordered: false })
      return [...events.keys()]
    },

    async readBacklog() {
      const [backlog] = await collection
        .aggregate<OutboxBacklog>(
          [
            { $match: isPending },
            { $limit: maxCountedDocuments },
            {
              $group: {
                _id: null,
                entities: { $sum: 1 },
                oldestAt: { $min: { $first: '$pendingEvents.at' } },
              },
            },
          ],
          readBounds(),
        )
        .toArray()
      return backlog ?? { entities: 0, oldestAt: undefined }
    },
  }
}

/**
 * Converts the claimed events of a document. Pending events are its newest ones, which determines their
 * sequences.
 */
function toEvents({
  _id,
  eventSequence = 0,
  pendingEvents = [],
  relay,
}: OutboxFields & { _id: string }): DomainEvent[] {
  const published = eventSequence - pendingEvents.length
  const claimed = (relay?.upTo ?? published) - published
  return pendingEvents.slice(0, claimed).map(({ data, ...event }, index) => {
    return { ...event, entity: _id, sequence: published + index + 1, data: parseEventData(data) }
  })
}

/** Removes published events and the claim; keeps events that were added since, and the claim of another relay. */
function buildClearUpdate(published: readonly DomainEvent[], token: string) {
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
