import type { ClientOperation } from './engine'
import type { SubgraphDefinitions } from './inMemorySubgraphs'

/** One operation of a case. */
export interface CaseOperation extends ClientOperation {
  name: string
  /** A difference between the executors, with the correct values. Each must differ from those of `@apollo/gateway`. */
  differs?: {
    reason: string
    /** The JSON text of `data`. */
    data?: string
    /** As `path code`, sorted. */
    errors?: readonly string[]
    /** The operations that subgraphs receive, if these differ on purpose, or any. */
    requests?: 'any' | readonly string[]
  }
}

/** A feature of federation: a few subgraphs, and operations that use it. */
export interface FederationCase {
  subgraphs: SubgraphDefinitions
  operations: readonly CaseOperation[]
}
