import { loadApolloGateway } from '../../../../router/executors/apollo/executor'
import { createLog } from '../../../../subgraphs/shared/log'
import { createEngine, createMemoryTransport, type Engine } from './engine'

/** Stock `@apollo/gateway`, as the router runs it: the reference for what a supergraph answers. */
export async function createStockEngine(supergraph: string): Promise<Engine> {
  const transport = createMemoryTransport()
  const log = createLog('router', 'silent')
  const { executor, apiSchema } = await loadApolloGateway(
    { supergraph, urls: new Map(), transport, log },
    { apollo: {} },
  )
  return createEngine(executor, apiSchema, transport)
}
