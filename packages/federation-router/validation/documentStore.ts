import type { ApolloServerOptions, BaseContext } from '@apollo/server'
import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

import { documentCacheLimits, documentLength } from '../planning/documentCacheLimits'

/** Where Apollo Server keeps documents that are valid. */
type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>['documentStore']>

/** The texts of documents that have been valid. */
export interface ValidDocuments {
  hasSource(source: string): boolean
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
