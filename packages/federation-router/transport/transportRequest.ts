import type { GraphQLFormattedError } from 'graphql'

/** An operation for one subgraph. */
export interface TransportRequest {
  /** The JSON text of the GraphQL request: query, operationName, variables. */
  body: string | Buffer
  /** Mutations have their own timeout, and are never sent twice to a subgraph that may have received them. */
  kind: 'query' | 'mutation'
  /** The number of representations: `_entities` must be a list of as many. */
  entityCount?: number | undefined
  /** Whether long integers become numbers, for an executor that knows no others. */
  roundsIntegers?: boolean | undefined
  /**
   * Reads a response without parsing it as JSON. Returns false for a response that has another shape. Called once for each
   * response, and again for the response to an equal request of the same operation.
   */
  tryReadResponse?: (bytes: Buffer) => boolean
}

/** The response of a subgraph. Its errors are fit for clients; their paths are those of the subgraph. */
export interface TransportResponse {
  data?: Record<string, unknown> | null
  errors?: GraphQLFormattedError[]
}
