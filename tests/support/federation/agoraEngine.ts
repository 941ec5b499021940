import { createAgoraExecutor } from '../../../packages/federation-router/executors/agora/executor'
import { createPlanner } from '../../../packages/federation-router/planning/planner'
import { isRouterContext } from '../../../packages/federation-router/request/context'
import { createEngine, createInMemoryTransport, type ExecutionEngine } from './engine'

/**
 * Creates an engine with the router's own executor.
 *
 * @param fastPathAfter the number of executions that take the standard path before the fast path is tried
 */
export function createAgoraEngine(supergraph: string, fastPathAfter?: number): ExecutionEngine {
  const planner = createPlanner(supergraph)
  const transport = createInMemoryTransport()
  const executor = createAgoraExecutor({ planner, fastPathAfter, transport, isContext: isRouterContext })
  return createEngine(executor, planner.apiSchema, transport)
}
