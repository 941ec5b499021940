import { toSearchText, type SearchText } from '../search/searchText'
import type { Migration } from './migration'

interface SearchableDocument {
  _id: string
  updatedAt: Date
  search?: { tokens?: string[] }
}

const withoutTokens = { 'search.strong': { $exists: true }, 'search.tokens': { $exists: false } }

/**
 * Creates the migration that indexes the tokens of stored texts. It applies the rule of the version that runs it, by which
 * this version searches.
 *
 * @param readTexts reads the searched texts of a document
 */
export function createSearchTokenMigration<Document extends SearchableDocument>(
  name: string,
  collection: string,
  readTexts: (document: Document) => SearchText,
): Migration {
  return {
    name,
    description: 'Indexes the words of texts for searches by their beginnings, and for C++ and C#.',
    countPending: (database) => database.collection(collection).countDocuments(withoutTokens),
    run: ({ database, forEachBatch }) =>
      forEachBatch(collection, async (range) => {
        const documents = database.collection<SearchableDocument>(collection)
        const found = await database
          .collection(collection)
          .find<Document>({ ...range, ...withoutTokens } as object, { projection: { search: 0 } })
          .toArray()
        if (found.length === 0) return 0
        const writes = found.map((document) => ({
          updateOne: {
            // A version that changes the texts meanwhile writes the tokens, too, or is migrated at its next start.
            filter: { _id: document._id, updatedAt: document.updatedAt },
            update: { $set: { search: toSearchText(readTexts(document)) } },
          },
        }))
        return (await documents.bulkWrite(writes, { ordered: false })).modifiedCount
      }),
  }
}
