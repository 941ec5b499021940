import type { GraphQLFormattedError } from 'graphql'

import type { RouterContext } from '../context'

/** One operation for one subgraph. */
export interface TransportRequest {
  /** The whole JSON text of the GraphQL request: query, operationName, variables. */
  body: string
  /** A mutation is sent exactly once, and has a timeout of its own. */
  kind: 'query' | 'mutation'
  /** How many representations it has: `_entities` must be a list of as many. */
  entities?: number
}

/** What a subgraph answered. Its errors are fit for clients; their paths are those that the subgraph gave. */
export interface SubgraphAnswer {
  data?: Record<string, unknown> | null
  errors?: GraphQLFormattedError[]
}

/** The ways to the subgraphs. */
export interface Transport {
  /** Says where subgraphs are, by their names; may be said again when that changes. */
  reach(addresses: ReadonlyMap<string, string>): void
  /**
   * Sends an operation to a subgraph.
   *
   * @param service the subgraph's name
   * @returns an answer that nobody else holds
   * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT as GraphQL errors, and nothing else
   */
  send(service: string, request: TransportRequest, context: RouterContext): Promise<SubgraphAnswer>
  /** Ends what is still under way, too. */
  close(): Promise<void>
}
