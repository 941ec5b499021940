import { loadApolloExecutor } from '../../../packages/federation-router/executors/apollo/executor'
import { createLog } from '../../../packages/platform/log'
import { isRouterContext } from '../../../packages/federation-router/request/context'
import { createEngine, createInMemoryTransport, type ExecutionEngine } from './engine'

/** Creates an engine with stock `@apollo/gateway`, configured as in the router: the reference for responses. */
export async function createApolloEngine(supergraph: string): Promise<ExecutionEngine> {
  const transport = createInMemoryTransport()
  const log = createLog('router', 'silent')
  const { executor, apiSchema } = await loadApolloExecutor(
    { supergraph, subgraphUrls: new Map(), transport, log, isContext: isRouterContext },
    { apollo: {} },
  )
  return createEngine(executor, apiSchema, transport)
}
