import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'
import { createHash } from 'node:crypto'

import type { CacheState } from '../telemetry'
import type { TrustedDocuments } from '../trusted-documents/trustedDocuments'
import { badRequest, type GraphqlParameters } from './graphqlRequest'

/**
 * Finds the documents of requests that contain an identifier instead of the text: trusted documents, and automatic persisted
 * queries, whose text a client sends when the router does not know their hash
 * (https://www.apollographql.com/docs/apollo-server/performance/apq).
 */
interface PersistedQueries {
  /**
   * Returns the text of the document of a request.
   *
   * @throws PERSISTED_QUERY_NOT_FOUND for an identifier that is not known, when a text is allowed
   * @throws DOCUMENT_NOT_TRUSTED when it is not
   * @throws BAD_REQUEST without text and identifier, and for a hash of another text
   */
  resolveSource(parameters: GraphqlParameters): string
  /** Stores the text of a request with a hash, once its operation is accepted. */
  register(parameters: GraphqlParameters): void
  /** Replaces the trusted documents. */
  replaceTrusted(documents: TrustedDocuments): void
  /** Returns whether a text is that of a trusted document; always, when there are none. */
  isTrusted(source: string): boolean
  readState(): CacheState
}

/** `log`: documents that are not trusted are logged; `require`: they are refused. */
export type TrustedDocumentsMode = 'log' | 'require'

/** The limit of all stored texts together, in characters. They are short strings, unlike parsed documents. */
const maxStoredLength = 30_000_000

/** @param trusted undefined without trusted documents */
export function createPersistedQueries(
  trusted: { mode: TrustedDocumentsMode; documents: TrustedDocuments } | undefined,
): PersistedQueries {
  const sources = new LRUCache<string, string>({
    maxSize: maxStoredLength,
    sizeCalculation: (source) => source.length + 1,
  })
  const requiresTrust = trusted?.mode === 'require'
  let documents = trusted?.documents
  let hits = 0
  let misses = 0

  function createUnknownError(): GraphQLError {
    if (requiresTrust) return createNotTrustedError('This document is not one of the trusted documents.')
    // The message that clients look for.
    return new GraphQLError('PersistedQueryNotFound', {
      extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 400 } },
    })
  }

  function findSource({ query, documentId, persistedHash }: GraphqlParameters): string {
    if (documentId !== undefined) {
      if (query) throw badRequest('The request must contain either `query` or `documentId`.')
      const source = documents?.find(documentId)
      if (source === undefined) throw createUnknownError()
      return source
    }
    if (persistedHash === undefined) {
      if (query) return query
      throw badRequest(
        'The request must contain a non-empty `query`, a `documentId`, or the extension `persistedQuery`.',
      )
    }
    if (query) {
      if (createHash('sha256').update(query).digest('hex') === persistedHash) return query
      throw badRequest('provided sha does not match query')
    }
    const source = documents?.find(persistedHash) ?? sources.get(persistedHash)
    if (source === undefined) {
      misses++
      throw createUnknownError()
    }
    hits++
    return source
  }

  return {
    resolveSource(parameters) {
      const source = findSource(parameters)
      if (requiresTrust && !documents?.sources.has(source))
        throw createNotTrustedError('Only trusted documents are allowed, and this is none of them.')
      return source
    },
    register({ query, persistedHash }) {
      if (persistedHash !== undefined && query) sources.set(persistedHash, query)
    },
    replaceTrusted(replacement) {
      documents = replacement
    },
    isTrusted: (source) => documents?.sources.has(source) ?? true,
    readState: () => ({ hits, misses, entries: sources.size, size: sources.calculatedSize }),
  }
}

const createNotTrustedError = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'DOCUMENT_NOT_TRUSTED', http: { status: 400 } } })
