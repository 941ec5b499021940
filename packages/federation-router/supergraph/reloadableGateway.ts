import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server'
import type { GraphQLSchema } from 'graphql'

/** What plans and executes operations, as Apollo Server takes it. */
export type Gateway = ApolloServerOptionsWithGateway<BaseContext>['gateway']
/** What Apollo Server tells a gateway when it starts. */
export type GatewayLoadOptions = Parameters<Gateway['load']>[0]
export type GatewayExecutor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>

/** A supergraph that can be served. */
export interface LoadedSupergraph {
  /** What clients see. */
  apiSchema: GraphQLSchema
  /** The supergraph's SDL. */
  coreSupergraphSdl: string
  executor: GatewayExecutor
}

/** A gateway whose supergraph can be exchanged while it serves. */
export interface ReloadableGateway {
  gateway: Gateway
  /** Serves another supergraph from now on. @throws what loading it throws; the old one is kept then */
  replaceSupergraph(supergraph: string): Promise<void>
}

/**
 * Serves one supergraph after the other. A request ends on the supergraph that it was validated against: no request is
 * lost, and none is executed on a schema that it does not fit.
 *
 * @param supergraph the first one's SDL
 */
export function createReloadableGateway(
  supergraph: string,
  load: (supergraph: string, start: GatewayLoadOptions) => Promise<LoadedSupergraph>,
): ReloadableGateway {
  type Listener = Parameters<Gateway['onSchemaLoadOrUpdate']>[0]
  const listeners = new Set<Listener>()
  const executors = new WeakMap<GraphQLSchema, GatewayExecutor>()
  let start: GatewayLoadOptions | undefined

  async function serve(next: string, how: GatewayLoadOptions): Promise<void> {
    const { apiSchema, coreSupergraphSdl, executor } = await load(next, how)
    executors.set(apiSchema, executor)
    for (const listener of listeners) listener({ apiSchema, coreSupergraphSdl })
  }

  return {
    gateway: {
      onSchemaLoadOrUpdate(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      async load(options) {
        start = options
        await serve(supergraph, options)
        return {
          executor: async (context) => {
            const executor = executors.get(context.schema)
            if (!executor) throw new Error('The request was validated against a schema of nobody.')
            return executor(context)
          },
        }
      },
      async stop() {
        listeners.clear()
      },
    },
    async replaceSupergraph(next) {
      if (!start) throw new Error('The gateway has not been started.')
      await serve(next, start)
    },
  }
}
