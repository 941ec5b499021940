import { createExecutor } from '../../../../router/execution/executor'
import { createPlanner } from '../../../../router/planning/planner'
import { createEngine, createMemoryTransport, type Engine } from './engine'

/**
 * The router's own executor.
 *
 * @param directAfter how often an operation takes the complete path before it may take the direct one
 */
export function createOwnEngine(supergraph: string, directAfter?: number): Engine {
  const planner = createPlanner(supergraph)
  const transport = createMemoryTransport()
  const executor = createExecutor({ planner, directAfter, transport })
  return createEngine(executor, planner.apiSchema, transport)
}
