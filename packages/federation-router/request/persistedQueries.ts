import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'
import { createHash } from 'node:crypto'

import type { CacheState } from '../telemetry'
import { badRequest, type GraphqlParameters } from './graphqlRequest'

/**
 * Automatic persisted queries: a client sends the hash of a document, and its text only when the router does not know it
 * (https://www.apollographql.com/docs/apollo-server/performance/apq).
 */
interface PersistedQueries {
  /**
   * Returns the text of the document of a request.
   *
   * @throws PERSISTED_QUERY_NOT_FOUND for a hash that is not known
   * @throws BAD_REQUEST without text and hash, and for a hash of another text
   */
  resolveSource(parameters: GraphqlParameters): string
  /** Stores the text of a request with a hash, once its operation is accepted. */
  register(parameters: GraphqlParameters): void
  readState(): CacheState
}

/** The limit of all stored texts together, in characters. They are short strings, unlike parsed documents. */
const maxStoredLength = 30_000_000

export function createPersistedQueries(): PersistedQueries {
  const sources = new LRUCache<string, string>({
    maxSize: maxStoredLength,
    sizeCalculation: (source) => source.length + 1,
  })
  let hits = 0
  let misses = 0
  return {
    resolveSource({ query, persistedHash }) {
      if (persistedHash === undefined) {
        if (query) return query
        throw badRequest('The request must contain a non-empty `query` or the extension `persistedQuery`.')
      }
      if (query !== undefined) {
        if (createHash('sha256').update(query).digest('hex') === persistedHash) return query
        throw badRequest('provided sha does not match query')
      }
      const source = sources.get(persistedHash)
      if (source !== undefined) {
        hits++
        return source
      }
      misses++
      // The message that clients look for.
      throw new GraphQLError('PersistedQueryNotFound', {
        extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 200 } },
      })
    },
    register({ query, persistedHash }) {
      if (persistedHash !== undefined && query !== undefined) sources.set(persistedHash, query)
    },
    readState: () => ({ hits, misses, entries: sources.size, size: sources.calculatedSize }),
  }
}
