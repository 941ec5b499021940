import type { ApolloServerOptions, BaseContext } from '@apollo/server'
import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** Where Apollo Server keeps documents that are valid. */
type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>['documentStore']>

/** The texts of documents that have been valid. */
export interface ValidDocuments {
  hasSource(source: string): boolean
}

/**
 * How many documents, and how many characters of them, are kept where something is kept for each: those that were used
 * last. A document takes 60 bytes a character once it is parsed, since graphql-js keeps its tokens, and with all that is
 * compiled from it 200.
 */
export const documentCacheLimits = { max: 1_000, maxSize: 1_000_000 }

/** The length of a document's text. */
export function documentLength({ loc }: DocumentNode): number {
  return (loc?.end ?? 0) - (loc?.start ?? 0) + 1
}

/**
 * The valid documents, in the bounds of those that are compiled: they are mostly the same objects, which cost nothing a
 * second time. Apollo Server's own store has 30 MB of them, measured as JSON, which are 120 MB.
 */
export function createDocumentStore(): DocumentStore & ValidDocuments {
  const sources = new LRUCache<string, true>({
    ...documentCacheLimits,
    sizeCalculation: (_, source) => source.length + 1,
  })
  const documents = new LRUCache<string, DocumentNode>({
    ...documentCacheLimits,
    sizeCalculation: documentLength,
  })
  return {
    get: async (key) => documents.get(key),
    async set(key, document) {
      documents.set(key, document)
      if (document.loc) sources.set(document.loc.source.body, true)
    },
    hasSource: (source) => sources.get(source) ?? false,
    delete: async (key) => documents.delete(key),
  }
}
