import { createAgoraExecutor } from '../../../packages/federation-router/executors/agora/executor'
import { createPlanner } from '../../../packages/federation-router/planning/planner'
import { createEngine, createInMemoryTransport, type ExecutionEngine } from './engine'

/**
 * The router's own executor.
 *
 * @param directAfter how often an operation takes the complete path before it may take the direct one
 */
export function createAgoraEngine(supergraph: string, directAfter?: number): ExecutionEngine {
  const planner = createPlanner(supergraph)
  const transport = createInMemoryTransport()
  const executor = createAgoraExecutor({ planner, fastPathAfter: directAfter, transport })
  return createEngine(executor, transport)
}
