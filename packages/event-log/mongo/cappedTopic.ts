import type { mongo } from 'mongoose'

import { readDuplicateKeyField } from './connection'
import { readBounds } from '../../platform/request/readBounds'
import { createEpoch } from '../epoch'
import { parseDomainEvent } from '../eventJson'
import { EventLogGapError, type Delivery } from '../eventLog'

/** A place in a topic: an event and its number, in one life of the collection. */
export interface CappedPosition {
  /**
   * The event's ID. Who follows reads what is not on the disk yet: an event that a server's end takes back is published
   * again, and another one may have its number by then.
   */
  _id: string
  /** Drawn when the collection is made: numbers of a collection that was lost mean nothing in the next one. */
  epoch: string
  /** Without a hole, and in the order of insertion. */
  number: number
}

/** An event as it is stored; the collection's first document, which marks its beginning, has none. */
export interface TopicDocument extends CappedPosition {
  event?: string
}

export type CappedTopic = ReturnType<typeof createCappedTopic>

const mostAtOnce = 500
const namespaceExists = 48

/**
 * One topic: a capped collection whose documents are numbered in the order of insertion.
 *
 * The numbers are what a position is. They come without holes although several processes publish at once, because each
 * takes the number after the newest one and a unique index lets only one have it. So a position is found through that
 * index, and what follows it is either there without a hole or missed, which shows. (A process would have to be halted
 * between reading the newest number and inserting for as long as it takes the others to fill the whole collection anew.)
 *
 * @param bytes how much of the past is kept
 */
export function createCappedTopic(database: mongo.Db, name: string, bytes: number) {
  const collection = database.collection<TopicDocument>(`topic_${name}`)

  /** A tailable cursor dies at once on an empty collection, and a position needs something to stand on. */
  async function begin(): Promise<void> {
    try {
      await database.createCollection(collection.collectionName, { capped: true, size: bytes })
    } catch (error) {
      if (!isError(error, namespaceExists)) throw error
    }
    await collection.createIndex({ number: 1 }, { unique: true })
    const epoch = createEpoch()
    try {
      await collection.insertOne({ _id: epoch, epoch, number: 0 })
    } catch (error) {
      // Another process was faster.
      if (readDuplicateKeyField(error) === undefined) throw error
    }
  }

  const findNewest = () => collection.find({}, readBounds()).sort({ $natural: -1 }).limit(1).next()

  return {
    name,

    /** Makes the collection where there is none. */
    async readNewest(): Promise<TopicDocument> {
      const found = await findNewest()
      if (found) return found
      await begin()
      const made = await findNewest()
      if (!made) throw new Error(`The feed ${name} was emptied while it was made.`)
      return made
    },

    /** What follows a place, at most 500 at once. @throws FeedGap */
    async readAfter(place: CappedPosition): Promise<TopicDocument[]> {
      const found = await collection
        .find({ number: { $gte: place.number } }, readBounds())
        .sort({ number: 1 })
        .limit(mostAtOnce + 1)
        .batchSize(mostAtOnce + 1)
        .toArray()
      const [first] = found
      const isThere = first !== undefined && isSamePosition(first, place)
      const later = isThere ? found.slice(1) : found
      const next = withoutHole(place, later)
      if (next.length === 0 && (later.length > 0 || !isThere))
        throw new EventLogGapError(name, formatPosition(place))
      return next
    },

    /** @returns whether all are in; false where a number or an ID is there already, and those in front of it are in */
    async insert(documents: readonly TopicDocument[]): Promise<boolean> {
      try {
        await collection.insertMany([...documents], { ordered: true })
        return true
      } catch (error) {
        if (readDuplicateKeyField(error) === undefined) throw error
        return false
      }
    },

    /** Of these IDs of events, those that are there. */
    async findExistingIds(ids: readonly string[]): Promise<Set<string>> {
      const found = await collection
        .find({ _id: { $in: [...ids] } }, { projection: { _id: 1 }, ...readBounds() })
        .toArray()
      return new Set(found.map(({ _id }) => _id))
    },

    /** Waits for what is inserted after a place. */
    openTailCursor: ({ number }: CappedPosition) =>
      collection.find(
        { number: { $gt: number } },
        { tailable: true, awaitData: true, maxAwaitTimeMS: 1000, batchSize: mostAtOnce },
      ),
  }
}

function isError(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

export const isSamePosition = (one: CappedPosition, other: CappedPosition): boolean =>
  one._id === other._id && one.epoch === other.epoch && one.number === other.number

export const isNextPosition = (one: CappedPosition, next: CappedPosition): boolean =>
  one.epoch === next.epoch && one.number + 1 === next.number

/** Those that follow a place one by one. */
function withoutHole(place: CappedPosition, documents: readonly TopicDocument[]): TopicDocument[] {
  const end = documents.findIndex(
    (document, index) => !isNextPosition(documents[index - 1] ?? place, document),
  )
  return end === -1 ? [...documents] : documents.slice(0, end)
}

export const formatPosition = ({ epoch, number, _id }: CappedPosition): string => `${epoch}.${number}.${_id}`

/** @throws FeedGap for what is no position of this engine's */
export function parsePosition(topic: string, position: string | undefined): CappedPosition {
  const [, epoch, number, _id] = /^(\w+)\.(\d+)\.(.+)$/.exec(position ?? '') ?? []
  if (epoch === undefined || _id === undefined) throw new EventLogGapError(topic, position)
  return { _id, epoch, number: Number(number) }
}

export function toDeliveries(documents: readonly TopicDocument[]): Delivery[] {
  return documents.flatMap(({ event, ...place }) =>
    event === undefined ? [] : [{ event: parseDomainEvent(event), position: formatPosition(place) }],
  )
}
