import { createExecutor, type ExecutorOptions, type Gateway } from './executor'

/**
 * The router's executor as a gateway for Apollo Server, on one supergraph. `stringifyPrepared` must be the server's
 * `stringifyResult`.
 */
export function createCompiledGateway(options: ExecutorOptions): Gateway {
  const { apiSchema, supergraphSdl } = options.planner
  return {
    load: async () => ({ executor: createExecutor(options) }),
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema, coreSupergraphSdl: supergraphSdl })
      return () => {}
    },
    stop: async () => {},
  }
}
