import { loadApolloExecutor } from '../../../packages/federation-router/executors/apollo/executor'
import { createLog } from '../../../packages/platform/log'
import { createEngine, createInMemoryTransport, type ExecutionEngine } from './engine'

/** Stock `@apollo/gateway`, as the router runs it: the reference for the responses of a supergraph. */
export async function createApolloEngine(supergraph: string): Promise<ExecutionEngine> {
  const transport = createInMemoryTransport()
  const log = createLog('router', 'silent')
  const executor = await loadApolloExecutor({ supergraph, resolveSubgraphUrl: () => '', transport, log })
  return createEngine(executor, transport)
}
