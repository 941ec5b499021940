import DataLoader from 'dataloader'

import { readBounds } from '../../platform'
import type { Connection } from './connection'

/** The progress of one durable consumer, in its own database. */
export interface ConsumerPosition {
  /** `<topic>/<consumer>`. */
  _id: string
  position: string
  /** The ID of the newest rebuild request that it has completed. */
  rebuiltFor?: string
}

export const positionsCollectionName = 'feed_positions'

/** Of each connection: the positions of all consumers are read together, when they start and when the metrics are read. */
const loaders = new WeakMap<Connection, DataLoader<string, string | undefined>>()

function openLoader(connection: Connection): DataLoader<string, string | undefined> {
  const opened = loaders.get(connection)
  if (opened) return opened
  const collection = connection.collection<ConsumerPosition>(positionsCollectionName)
  const loader = new DataLoader<string, string | undefined>(
    async (ids) => {
      const found = await collection.find({ _id: { $in: [...ids] } }, readBounds()).toArray()
      const positions = new Map(found.map(({ _id, position }) => [_id, position]))
      return ids.map((id) => positions.get(id))
    },
    { cache: false },
  )
  loaders.set(connection, loader)
  return loader
}

/** Stores the position of one consumer. */
export function createPositionStore(connection: Connection, topic: string, consumer: string) {
  const collection = connection.collection<ConsumerPosition>(positionsCollectionName)
  const _id = `${topic}/${consumer}`
  return {
    /** Returns the stored position; undefined before the first one. */
    read: (): Promise<string | undefined> => openLoader(connection).load(_id),

    async write(position: string, rebuiltFor?: string): Promise<void> {
      const progress = { position, ...(rebuiltFor !== undefined && { rebuiltFor }) }
      await collection.updateOne({ _id }, { $set: progress }, { upsert: true })
    },
  }
}
