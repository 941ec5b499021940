import { randomUUID } from 'node:crypto'

import { firstBatchSize, readDuplicateKeyField, type Connection } from './connection'
import { readIdPages } from './idPages'
import { maxBatchSize, readBounds } from '../../platform'
import type { DeletionDetails, ProjectedEntity, SnapshotSource } from '../projections/snapshotPages'

interface ProjectionDocument<Data> {
  _id: string
  sequence: number
  /** {@link ProjectedEntity.data} */
  facts: Data | null
  /** {@link ProjectedEntity.deletionRequestedAt} */
  endedAt?: Date
  /** {@link DeletionDetails.contentKey}, until the second cascade is complete. */
  contentKey?: string
  /** The rebuild that has not yet read this entity from its owner; every later write removes it. */
  staleSince?: string
  /** When the cascade of a deleted entity runs for the second time; by the server's clock. */
  followUpAt?: Date
}

/** How long a request that has read an entity before its deletion may continue to write. */
const maxRequestDurationMs = 15_000
const cascadeIndex = { followUpAt: 1 } as const

/**
 * The collection of one projection. Of two events about one entity the one with the higher sequence wins, in
 * any order of delivery, so that writes are idempotent; a deletion is final. A rebuild trusts the owner alone:
 * data restored from a backup has lower sequences than the events before, and entities may exist again.
 */
export interface ProjectionStore<Data extends object> {
  /** Creates the index. */
  prepare(): Promise<void>
  /** Writes the entities that are newer than the stored ones. */
  apply(entities: readonly ProjectedEntity<Data>[]): Promise<void>
  /** Returns the data by ID: null for a deleted entity, no entry for an unknown one. */
  find(ids: readonly string[]): Promise<Map<string, Data | null>>
  /** Returns the known deletions among these, by ID; no entry for unknown entities. */
  findDeletions(ids: readonly string[]): Promise<Map<string, DeletionDetails>>
  /** Yields the IDs of all entities, page by page. */
  readIdPages(): AsyncIterable<string[]>
  /** Marks all entities as stale: their owner is trusted over them. Returns the ID of the rebuild. */
  beginRebuild(): Promise<string>
  /** Removes entities that exist again at their owner, unless they were deleted since {@link beginRebuild}. */
  removeDeletionMarks(ids: readonly string[], rebuildId: string): Promise<void>
  /**
   * Rebuilds all entities from their owner, including missed, deleted and restored ones.
   *
   * @returns the IDs of the entities that the owner has deleted
   * @throws AbortError
   */
  rebuild(source: SnapshotSource<Data>, signal: AbortSignal): Promise<string[]>
  /**
   * Returns IDs of entities that were deleted some 15 s ago, for requests that had read them and wrote after
   * the cascade.
   */
  findDueCascades(): Promise<string[]>
  /** Marks the second cascade of these as complete. */
  completeCascades(ids: readonly string[]): Promise<void>
}

/** @param connection of the consumer's own database */
export function createProjectionStore<Data extends object>(
  connection: Connection,
  collectionName: string,
): ProjectionStore<Data> {
  const collection = connection.collection<ProjectionDocument<Data>>(collectionName)

  async function write(entities: readonly ProjectedEntity<Data>[], rebuildId?: string): Promise<void> {
    const writes = entities.map(({ id, sequence, data, deletionRequestedAt, contentKey }) => {
      const isDeleted = { $eq: ['$facts', null] }
      const isUpToDate = { $or: [isDeleted, { $gte: [{ $ifNull: ['$sequence', -1] }, sequence] }] }
      // Entries written since the rebuild began, for an event in another process, are compared as usual.
      const isStale = { $eq: ['$staleSince', rebuildId ?? null] }
      const isUnchanged = rebuildId === undefined ? isUpToDate : { $and: [isUpToDate, { $not: [isStale] }] }
      const entry = {
        _id: id,
        sequence,
        facts: data,
        ...(deletionRequestedAt && { endedAt: deletionRequestedAt }),
        ...(contentKey != null && { contentKey }),
      }
      const cascade = data === null ? { followUpAt: { $add: ['$$NOW', maxRequestDurationMs] } } : {}
      const newer = { $mergeObjects: [{ $literal: entry }, cascade] }
      const update = [{ $replaceWith: { $cond: [isUnchanged, '$$ROOT', newer] } }]
      return { updateOne: { filter: { _id: id }, update, upsert: true } }
    })
    await collection.bulkWrite(writes, { ordered: false })
  }

  async function apply(entities: readonly ProjectedEntity<Data>[], rebuildId?: string): Promise<void> {
    if (entities.length === 0) return
    try {
      await write(entities, rebuildId)
    } catch (error) {
      // Another process has inserted the same entity concurrently; the retry updates it.
      if (readDuplicateKeyField(error) !== '_id') throw error
      await write(entities, rebuildId)
    }
  }

  async function beginRebuild(): Promise<string> {
    const rebuildId = randomUUID()
    await collection.updateMany({}, { $set: { staleSince: rebuildId } })
    return rebuildId
  }

  return {
    async prepare() {
      await collection.createIndex(cascadeIndex, { sparse: true })
    },

    apply: (entities) => apply(entities),

    async find(ids) {
      const found = await collection
        .find({ _id: { $in: [...ids] } }, { batchSize: firstBatchSize, ...readBounds() })
        .toArray()
      return new Map(found.map(({ _id, facts }) => [_id, facts as Data | null]))
    },

    async findDeletions(ids) {
      const filter = { _id: { $in: [...ids] }, facts: null }
      const found = await collection.find(filter, { projection: { endedAt: 1, contentKey: 1 } }).toArray()
      return new Map(
        found.map(({ _id, endedAt, contentKey }) => [
          _id,
          { requestedAt: endedAt ?? null, contentKey: contentKey ?? null },
        ]),
      )
    },

    readIdPages: () => readIdPages(connection, collectionName),

    beginRebuild,

    async removeDeletionMarks(ids, rebuildId) {
      await collection.deleteMany({ _id: { $in: [...ids] }, staleSince: rebuildId })
    },

    async rebuild(source, signal) {
      signal.throwIfAborted()
      const rebuildId = await beginRebuild()
      for await (const page of source.readPages()) {
        signal.throwIfAborted()
        await apply(page, rebuildId)
      }
      const deletedIds: string[] = []
      for (;;) {
        signal.throwIfAborted()
        const left = await collection
          .find({ facts: { $ne: null }, staleSince: rebuildId }, readBounds())
          .limit(maxBatchSize)
          .toArray()
        if (left.length === 0) return deletedIds
        const existing = await source.findByIds(left.map(({ _id }) => _id))
        const existingIds = new Set(existing.map(({ id }) => id))
        const deleted = left.filter(({ _id }) => !existingIds.has(_id))
        deletedIds.push(...deleted.map(({ _id }) => _id))
        await apply(existing, rebuildId)
        // A later event about the deletion has the same sequence or a higher one.
        await apply(
          deleted.map(({ _id, sequence }) => ({ id: _id, sequence: sequence + 1, data: null })),
          rebuildId,
        )
      }
    },

    async findDueCascades() {
      const found = await collection
        .find({ $expr: { $lt: ['$followUpAt', '$$NOW'] }, followUpAt: { $exists: true } }, readBounds())
        // Without the hint the database uses no sparse index for $expr, and scans the collection.
        .hint(cascadeIndex)
        .limit(maxBatchSize)
        .toArray()
      return found.map(({ _id }) => _id)
    },

    async completeCascades(ids) {
      await collection.updateMany({ _id: { $in: [...ids] } }, { $unset: { followUpAt: 1, contentKey: 1 } })
    },
  }
}
