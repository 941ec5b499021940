import { maxBatchSize, readBounds } from '../../platform'
import type { Connection } from './connection'

/** Yields the IDs of the documents of a collection, in order and in pages of at most {@link maxBatchSize}. */
export async function* readIdPages(connection: Connection, collectionName: string): AsyncGenerator<string[]> {
  const collection = connection.collection<{ _id: string }>(collectionName)
  for (let after = ''; ;) {
    const page = await collection
      .find({ _id: { $gt: after } }, { projection: { _id: 1 }, ...readBounds() })
      .sort({ _id: 1 })
      .limit(maxBatchSize)
      .toArray()
    const last = page.at(-1)
    if (!last) return
    yield page.map(({ _id }) => _id)
    after = last._id
  }
}
