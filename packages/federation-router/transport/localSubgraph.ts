import type { TransportRequest, TransportResponse } from './transportRequest'

/** An operation for a subgraph that the router executes itself. */
export interface LocalOperation {
  query: string
  /** Integers beyond 2^53 are of the class `LongInteger`. */
  variables?: Record<string, unknown> | undefined
}

/** Sends an operation to another subgraph, for the same client. */
export type SendToSubgraph = (service: string, request: TransportRequest) => Promise<TransportResponse>

/** A subgraph that the router executes itself, with requests to other subgraphs. */
export interface LocalSubgraph {
  /** Executes an operation. Its errors have the codes of the contract; others are masked. */
  execute(operation: LocalOperation, send: SendToSubgraph): Promise<{ data?: unknown; errors?: unknown }>
}

/** The subgraphs that the router executes itself, by their URL in the supergraph. */
export type LocalSubgraphs = ReadonlyMap<string, LocalSubgraph>
