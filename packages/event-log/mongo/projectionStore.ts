import { randomUUID } from 'node:crypto'

import { readDuplicateKeyField, firstBatchSize, type Connection } from '../../subgraph-kit/mongo/database'
import { readBounds } from '../../platform/request/readBounds'

/** What is known of an entity of another subgraph. */
export interface ProjectedEntity<Facts extends object> {
  id: string
  /** Of the event that said so, or of the newest one when the owner was asked. */
  sequence: number
  /** Null when its owner has deleted it. */
  facts: Facts | null
  /** When its deletion was requested, where that is known. */
  endedAt?: Date | null
}

interface CopyDocument<Facts> {
  _id: string
  sequence: number
  facts: Facts | null
  endedAt?: Date
  /** The rebuild that has not yet read it from its owner; removed by every later write. */
  staleSince?: string
  /** When what its end brings with it is done once more; by the server's clock. */
  followUpAt?: Date
}

/** How long a request may be under way that has read a copy, in milliseconds. */
const longestRequest = 15_000
const mostAtOnce = 500
const followUps = { followUpAt: 1 } as const

export type ProjectionStore<Facts extends object> = ReturnType<typeof createProjectionStore<Facts>>

/**
 * A projection of facts that another subgraph owns, kept current through the event log. Of two events about one entity
 * the one with the higher sequence wins, in any order of delivery, and a deletion is final. A rebuild trusts
 * the owner alone: restored data has lower sequences than the events before, and may have been deleted before.
 *
 * @param collectionName of the consumer's own database
 */
export function createProjectionStore<Facts extends object>(connection: Connection, collectionName: string) {
  const collection = connection.collection<CopyDocument<Facts>>(collectionName)

  async function write(known: readonly ProjectedEntity<Facts>[], rebuild?: string): Promise<void> {
    const writes = known.map(({ id, sequence, facts, endedAt }) => {
      const isGone = { $eq: ['$facts', null] }
      const isNewer = { $or: [isGone, { $gte: [{ $ifNull: ['$sequence', -1] }, sequence] }] }
      // Entries written since the rebuild began, for an event in another process, are compared as usual.
      const isStale = { $eq: ['$staleSince', rebuild ?? null] }
      const isNoNews = rebuild === undefined ? isNewer : { $and: [isNewer, { $not: [isStale] }] }
      const gone = facts === null && { followUpAt: { $add: ['$$NOW', longestRequest] } }
      const entry = { _id: id, sequence, facts, ...(endedAt && { endedAt }) }
      const newer = { $mergeObjects: [{ $literal: entry }, gone || {}] }
      const update = [{ $replaceWith: { $cond: [isNoNews, '$$ROOT', newer] } }]
      return { updateOne: { filter: { _id: id }, update, upsert: true } }
    })
    await collection.bulkWrite(writes, { ordered: false })
  }

  async function apply(known: readonly ProjectedEntity<Facts>[], rebuild?: string): Promise<void> {
    if (known.length === 0) return
    try {
      await write(known, rebuild)
    } catch (error) {
      // Two who insert the same one at once: it is there now, and a second try finds it.
      if (readDuplicateKeyField(error) !== '_id') throw error
      await write(known, rebuild)
    }
  }

  async function beginRebuild(): Promise<string> {
    const rebuild = randomUUID()
    await collection.updateMany({}, { $set: { staleSince: rebuild } })
    return rebuild
  }

  return {
    async prepare(): Promise<void> {
      await collection.createIndex(followUps, { sparse: true })
    },

    /** Takes in what is newer than what is known. */
    apply: (known: readonly ProjectedEntity<Facts>[]): Promise<void> => apply(known),

    /** By ID: facts, null for what is gone; what is not known has no entry. */
    async find(ids: readonly string[]): Promise<Map<string, Facts | null>> {
      const found = await collection
        .find({ _id: { $in: [...ids] } }, { batchSize: firstBatchSize, ...readBounds() })
        .toArray()
      return new Map(found.map(({ _id, facts }) => [_id, facts as Facts | null]))
    },

    /** When the deletion of these was requested, by ID, where that is known. */
    async endings(ids: readonly string[]): Promise<Map<string, Date>> {
      const filter = { _id: { $in: [...ids] }, endedAt: { $exists: true } }
      const found = await collection.find(filter, { projection: { endedAt: 1 } }).toArray()
      return new Map(found.flatMap(({ _id, endedAt }) => (endedAt ? [[_id, endedAt]] : [])))
    },

    /** Removes the deletion marks of entities that their owner has again, unless they were deleted since `beginRebuild`. */
    async restore(ids: readonly string[], rebuild: string): Promise<void> {
      await collection.deleteMany({ _id: { $in: [...ids] }, staleSince: rebuild })
    },

    /** Marks all entries as stale: their owner is trusted over them. Returns the name of the rebuild. */
    beginRebuild,

    /** Yields the IDs of all entries, page by page. */
    async *ids(): AsyncGenerator<string[]> {
      for (let after = ''; ;) {
        const page = await collection
          .find({ _id: { $gt: after } }, { projection: { _id: 1 }, ...readBounds() })
          .sort({ _id: 1 })
          .limit(mostAtOnce)
          .toArray()
        const last = page.at(-1)
        if (!last) return
        yield page.map(({ _id }) => _id)
        after = last._id
      }
    },

    /**
     * Rebuilds all entries from their owner, including missed, deleted and restored ones.
     *
     * @param pages everything that the owner has
     * @param ask returns those of the given entities that the owner has: for those that none of the pages contained
     * @returns the IDs of the entities that the owner has deleted
     */
    async rebuild(
      pages: AsyncIterable<readonly ProjectedEntity<Facts>[]>,
      ask: (ids: readonly string[]) => Promise<readonly ProjectedEntity<Facts>[]>,
    ): Promise<string[]> {
      const rebuild = await beginRebuild()
      for await (const page of pages) await apply(page, rebuild)
      const gone: string[] = []
      for (;;) {
        const left = await collection
          .find({ facts: { $ne: null }, staleSince: rebuild }, readBounds())
          .limit(mostAtOnce)
          .toArray()
        if (left.length === 0) return gone
        const present = await ask(left.map(({ _id }) => _id))
        const there = new Set(present.map(({ id }) => id))
        const ended = left.filter(({ _id }) => !there.has(_id))
        gone.push(...ended.map(({ _id }) => _id))
        await apply(present, rebuild)
        // A later event about its deletion has the same sequence or a higher one.
        await apply(
          ended.map(({ _id, sequence }) => ({ id: _id, sequence: sequence + 1, facts: null })),
          rebuild,
        )
      }
    },

    /**
     * Those that went some 15 s ago: what their end brings with it is to be done once more, for requests that had read
     * them as present and wrote after it was done the first time.
     */
    async due(): Promise<string[]> {
      const found = await collection
        .find({ $expr: { $lt: ['$followUpAt', '$$NOW'] }, followUpAt: { $exists: true } }, readBounds())
        // By itself the database takes no sparse index for $expr, and would read all there is.
        .hint(followUps)
        .limit(mostAtOnce)
        .toArray()
      return found.map(({ _id }) => _id)
    },

    /** It is done once more. */
    async done(ids: readonly string[]): Promise<void> {
      await collection.updateMany({ _id: { $in: [...ids] } }, { $unset: { followUpAt: 1 } })
    },
  }
}
