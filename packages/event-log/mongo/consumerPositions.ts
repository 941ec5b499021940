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

/** Stores the position of one consumer. */
export function createPositionStore(connection: Connection, topic: string, consumer: string) {
  const collection = connection.collection<ConsumerPosition>(positionsCollectionName)
  const _id = `${topic}/${consumer}`
  return {
    /** Returns the stored position; undefined before the first one. */
    read: async (): Promise<string | undefined> =>
      (await collection.findOne({ _id }, readBounds()))?.position,

    async write(position: string, rebuiltFor?: string): Promise<void> {
      const progress = { position, ...(rebuiltFor !== undefined && { rebuiltFor }) }
      await collection.updateOne({ _id }, { $set: progress }, { upsert: true })
    },
  }
}
