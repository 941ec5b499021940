import type { GraphQLFormattedError } from 'graphql'

import type { HttpResponse } from '../../platform/http/httpClient'

/** An operation for one subgraph. */
export interface TransportRequest {
  /** The JSON text of the GraphQL request: query, operationName, variables. */
  body: string | Buffer
  /** Mutations have their own timeout, and are never sent twice to a subgraph that may have received them. */
  kind: 'query' | 'mutation'
  /** The number of representations: `_entities` must be a list of as many. */
  entityCount?: number | undefined
  /** The parts of the body of a fetch of entities, for a cache that knows some of them. */
  entities?: EntityParts | undefined
  /** Whether long integers become numbers, for an executor that knows no others. */
  roundsIntegers?: boolean | undefined
  /**
   * Reads a response without parsing it as JSON. Returns false for a response that has another shape. Called once for each
   * response, and again for the response to an equal request of the same operation.
   *
   * @param body text has one character for each byte, and is valid
   */
  tryReadResponse?: (body: Buffer | string) => boolean
  /** Receives the HTTP response before it is read; not the response to an equal request that this one shares. */
  onResponse?: (response: HttpResponse) => void
}

/** The body of a fetch of entities in parts, with one character for each byte of its UTF-8 encoding. */
export interface EntityParts {
  /** The body up to the first representation. */
  head: string
  /** JSON objects, no two of which are equal. */
  representations: readonly string[]
}

/** The end of the body of a fetch of entities, after the representations. */
export const entitiesTail = ']}}'

/** The response of a subgraph. Its errors are fit for clients; their paths are those of the subgraph. */
export interface TransportResponse {
  data?: Record<string, unknown> | null
  errors?: GraphQLFormattedError[]
}

/** Encodes text with one character for each byte of its UTF-8 encoding. */
export function encodeAsLatin1(text: string): string {
  return /[^\u0000-\u007f]/.test(text) ? Buffer.from(text).toString('latin1') : text
}
