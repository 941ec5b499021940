import { isDeepStrictEqual } from 'node:util'

import { normalizeTag } from '../input/tags'
import type { Migration } from './migration'

interface TaggedDocument {
  _id: string
  tags: string[]
}

// Tags of ASCII characters have been normalized by every version.
const withOtherCharacters = { tags: { $regex: '[^\\x00-\\x7f]' } }

/** Returns tags by the present rule, without those that have become equal or empty. */
const normalizeTags = (tags: readonly string[]): string[] => [
  ...new Set(tags.map(normalizeTag).filter((tag) => tag !== '')),
]

const isNormalized = ({ tags }: TaggedDocument) => isDeepStrictEqual(tags, normalizeTags(tags))

/**
 * Creates the migration that normalizes the stored tags of a collection. It applies the rule of the version that runs
 * it, since that is the rule by which this version searches for tags.
 */
export function createTagMigration(name: string, collection: string): Migration {
  return {
    name,
    description: 'Normalizes tags that look alike to one tag.',
    async countPending(database) {
      const found = database
        .collection<TaggedDocument>(collection)
        .find(withOtherCharacters, { projection: { tags: 1 } })
      let count = 0
      for await (const document of found) if (!isNormalized(document)) count++
      return count
    },
    run: ({ database, forEachBatch }) =>
      forEachBatch(collection, async (range) => {
        const documents = database.collection<TaggedDocument>(collection)
        const found = await documents
          .find({ ...range, ...withOtherCharacters }, { projection: { tags: 1 } })
          .toArray()
        const writes = found
          .filter((document) => !isNormalized(document))
          .map(({ _id, tags }) => ({
            updateOne: { filter: { _id, tags }, update: { $set: { tags: normalizeTags(tags) } } },
          }))
        if (writes.length === 0) return 0
        return (await documents.bulkWrite(writes, { ordered: false })).modifiedCount
      }),
  }
}
