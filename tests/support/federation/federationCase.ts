import type { ClientOperation } from './engine'
import type { SubgraphDefinitions } from './inMemorySubgraphs'

/** One operation of a case. */
export interface CaseOperation extends ClientOperation {
  name: string
  /** Where the executors differ: why, and what is right. Each part must differ from what stock's gateway does. */
  differs?: {
    reason: string
    /** The JSON text of `data`. */
    data?: string
    /** As `path code`, sorted. */
    errors?: readonly string[]
    /** What the subgraphs see differs too, on purpose; the operations that they shall see, or any. */
    requests?: 'any' | readonly string[]
  }
}

/** A federation behaviour: a few subgraphs, and operations that need it. */
export interface FederationCase {
  subgraphs: SubgraphDefinitions
  operations: readonly CaseOperation[]
}
