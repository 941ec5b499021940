import { randomBytes } from 'node:crypto'
import type { mongo } from 'mongoose'
import { maxBatchSize, readBounds, shareReads } from '../../platform'
import { parseDomainEvent, readAge } from '../eventJson'
import { EventLogGapError, type Delivery, type TopicLag } from '../eventLog'
import { readDuplicateKeyField } from './connection'

/** A position in a topic: an event and its number in one epoch of the collection. */
export interface CappedPosition {
  /**
   * The event's ID. Readers see documents before they are on disk: when a crash of the server loses one, it is
   * published again, and another event may have its number by then.
   */
  _id: string
  /** Created with the collection: numbers of a lost collection are invalid in the one that replaces it. */
  epoch: string
  /** Consecutive, in the order of insertion. */
  number: number
}

/** A stored event; the collection's first document, which marks its beginning, contains none. */
export interface TopicDocument extends CappedPosition {
  event?: string
}

export type CappedTopic = ReturnType<typeof createCappedTopic>

const namespaceExistsCode = 48

/**
 * Creates one topic: a capped collection whose documents are numbered in the order of insertion.
 *
 * The number is the position. Numbers are consecutive although several processes publish concurrently, because
 * each takes the number after the newest one, and a unique index lets only one process have it (optimistic
 * concurrency). So a position is found through that index, and a gap after it means that events are beyond the
 * retention. (A process would have to be suspended between reading the newest number and inserting for as long
 * as the others need to overwrite the whole collection.)
 *
 * @param maxBytes the retention of a new collection
 */
export function createCappedTopic(database: mongo.Db, name: string, maxBytes: number) {
  const collection = database.collection<TopicDocument>(`topic_${name}`)

  /** Creates the collection with a first document: a tailable cursor dies at once on an empty collection. */
  async function createCollection(): Promise<void> {
    try {
      await database.createCollection(collection.collectionName, { capped: true, size: maxBytes })
    } catch (error) {
      if (!isErrorWithCode(error, namespaceExistsCode)) throw error
    }
    await collection.createIndex({ number: 1 }, { unique: true })
    // Positions of a lost collection are invalid in the one that replaces it.
    const epoch = randomBytes(8).toString('hex')
    try {
      await collection.insertOne({ _id: epoch, epoch, number: 0 })
    } catch (error) {
      // Another process has inserted the first document concurrently.
      if (readDuplicateKeyField(error) === undefined) throw error
    }
  }

  const findNewest = () => collection.find({}, readBounds()).sort({ $natural: -1 }).limit(1).next()
  // The lags of all consumers of the topic are read together.
  const findNewestOnce = shareReads(findNewest)

  return {
    name,

    /** Returns the newest document; creates the collection if it does not exist. */
    async readNewest(): Promise<TopicDocument> {
      const found = await findNewest()
      if (found) return found
      await createCollection()
      const created = await findNewest()
      if (!created) throw new Error(`The collection of the topic ${name} was emptied during its creation.`)
      return created
    },

    /** Returns up to {@link maxBatchSize} documents after a position. @throws EventLogGapError */
    async readAfter(position: CappedPosition): Promise<TopicDocument[]> {
      const found = await collection
        .find({ number: { $gte: position.number } }, readBounds())
        .sort({ number: 1 })
        .limit(maxBatchSize + 1)
        .batchSize(maxBatchSize + 1)
        .toArray()
      const [first] = found
      const hasPosition = first !== undefined && isSamePosition(first, position)
      const later = hasPosition ? found.slice(1) : found
      const consecutive = takeConsecutive(position, later)
      if (consecutive.length === 0 && (later.length > 0 || !hasPosition))
        throw new EventLogGapError(name, formatPosition(position))
      return consecutive
    },

    /** Returns the documents after a position. @throws EventLogGapError */
    async readLag(after: string | undefined): Promise<TopicLag> {
      const position = parsePosition(name, after)
      const newest = await findNewestOnce()
      if (newest?.epoch !== position.epoch) throw new EventLogGapError(name, after)
      const events = Math.max(0, newest.number - position.number)
      if (events === 0) return { events, seconds: 0 }
      const [next] = await collection
        .find({ number: { $gt: position.number } }, readBounds())
        .sort({ number: 1 })
        .limit(1)
        .toArray()
      return { events, seconds: next?.event === undefined ? 0 : readAge(parseDomainEvent(next.event)) }
    },

    /**
     * @returns whether all were inserted; false when a number or an ID exists, and only those before it were
     *   inserted
     */
    async insert(documents: readonly TopicDocument[]): Promise<boolean> {
      try {
        await collection.insertMany([...documents], { ordered: true })
        return true
      } catch (error) {
        if (readDuplicateKeyField(error) === undefined) throw error
        return false
      }
    },

    /** Returns those of these event IDs that the topic contains. */
    async findExistingIds(ids: readonly string[]): Promise<Set<string>> {
      const found = await collection
        .find({ _id: { $in: [...ids] } }, { projection: { _id: 1 }, ...readBounds() })
        .toArray()
      return new Set(found.map(({ _id }) => _id))
    },

    /** Opens a tailable cursor after a position. */
    openTailCursor: ({ number }: CappedPosition) =>
      collection.find(
        { number: { $gt: number } },
        { tailable: true, awaitData: true, maxAwaitTimeMS: 1000, batchSize: maxBatchSize },
      ),
  }
}

function isErrorWithCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

export const isSamePosition = (one: CappedPosition, other: CappedPosition): boolean =>
  one._id === other._id && one.epoch === other.epoch && one.number === other.number

export const isNextPosition = (one: CappedPosition, next: CappedPosition): boolean =>
  one.epoch === next.epoch && one.number + 1 === next.number

/** Returns the documents up to the first one that does not follow its predecessor. */
function takeConsecutive(position: CappedPosition, documents: readonly TopicDocument[]): TopicDocument[] {
  const end = documents.findIndex(
    (document, index) => !isNextPosition(documents[index - 1] ?? position, document),
  )
  return end === -1 ? [...documents] : documents.slice(0, end)
}

export const formatPosition = ({ epoch, number, _id }: CappedPosition): string => `${epoch}.${number}.${_id}`

/** @throws EventLogGapError for text that is no position of this engine */
export function parsePosition(topic: string, position: string | undefined): CappedPosition {
  const [, epoch, number, _id] = /^(\w+)\.(\d+)\.(.+)$/.exec(position ?? '') ?? []
  if (epoch === undefined || _id === undefined) throw new EventLogGapError(topic, position)
  return { _id, epoch, number: Number(number) }
}

export function toDeliveries(documents: readonly TopicDocument[]): Delivery[] {
  return documents.flatMap(({ event, ...position }) =>
    event === undefined ? [] : [{ event: parseDomainEvent(event), position: formatPosition(position) }],
  )
}
