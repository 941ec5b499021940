import { loadApolloGateway } from '../../../packages/federation-router/executors/apollo/executor'
import { createLog } from '../../../packages/platform/log'
import { createEngine, createInMemoryTransport, type ExecutionEngine } from './engine'

/** Stock `@apollo/gateway`, as the router runs it: the reference for what a supergraph answers. */
export async function createApolloEngine(supergraph: string): Promise<ExecutionEngine> {
  const transport = createInMemoryTransport()
  const log = createLog('router', 'silent')
  const { executor, apiSchema } = await loadApolloGateway(
    { supergraph, subgraphUrls: new Map(), transport, log },
    { apollo: {} },
  )
  return createEngine(executor, apiSchema, transport)
}
