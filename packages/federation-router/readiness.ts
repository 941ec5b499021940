import type { DependencyState } from '../platform/http'
import type { SubgraphState } from './telemetry'

const stateByCircuit = { untried: 'degraded', closed: 'ok', failing: 'degraded', open: 'down' } as const

/** Returns the states of the subgraphs by name, as their circuit breakers show them. */
export const toDependencyStates = (subgraphs: readonly SubgraphState[]): Record<string, DependencyState> =>
  Object.fromEntries(subgraphs.map(({ name, circuit }) => [name, stateByCircuit[circuit]]))
