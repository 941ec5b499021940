import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway'
import type { ApolloServerOptionsWithGateway } from '@apollo/server'

import { urlVariable } from '../schema/subgraphs'
import { setDefaultVariable } from '../subgraphs/shared/env'
import { StartError } from '../subgraphs/shared/lifecycle'
import type { Log } from '../subgraphs/shared/log'
import type { RouterContext } from './context'
import { answerIntrospection } from './introspection'
import type { SubgraphClient } from './subgraphClient'

/** What plans and executes operations, as Apollo Server takes it. */
export type Gateway = ApolloServerOptionsWithGateway<RouterContext>['gateway']

export interface GatewayOptions {
  /** The supergraph's SDL. */
  supergraph: string
  /** Addresses that differ from the supergraph's, by the name of their variable. */
  urls: ReadonlyMap<string, string>
  client: SubgraphClient
  log: Log
  /** Whether a client that asks for it is shown the query plan. */
  showQueryPlans: boolean
}

/**
 * `@apollo/gateway` stands behind this one file: its planner, and for now its executor too. It connects to nothing
 * before the first operation, and so starts whatever the state of the subgraphs.
 *
 * `load` throws StartError for a supergraph that cannot be served.
 */
export function createGateway({ supergraph, urls, client, log, showQueryPlans }: GatewayOptions): Gateway {
  // It would send metrics to Apollo otherwise. Read when a gateway is made.
  setDefaultVariable('APOLLO_TELEMETRY_DISABLED', 'true')
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph,
    buildService: ({ name, url }) => createDataSource(name, addressOf(name, url, urls), client),
    logger: quiet(log),
    __exposeQueryPlanExperimental: showQueryPlans,
  })
  return {
    onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
    stop: () => gateway.stop(),
    async load(options) {
      try {
        const { executor } = await gateway.load(options)
        return {
          executor: async (context) => {
            const { schema, document, operation, request } = context
            const introspection = { schema, document, operation, variables: request.variables }
            return (
              (await answerIntrospection(introspection)) ?? withoutValueCompletion(await executor(context))
            )
          },
        }
      } catch (error) {
        if (error instanceof StartError) throw error
        throw new StartError(`The supergraph file cannot be used: ${messageOf(error)}`)
      }
    },
  }
}

type ExecutionResult = Awaited<ReturnType<ApolloGateway['executor']>>

/**
 * Under this name the gateway reports entities that turned out to be null. To clients that is no error: there is
 * nothing, or nothing that the viewer may see.
 */
function withoutValueCompletion({ extensions, ...result }: ExecutionResult): ExecutionResult {
  const { valueCompletion: _, ...rest } = extensions ?? {}
  return Object.keys(rest).length > 0 ? { ...result, extensions: rest } : result
}

function createDataSource(
  name: string,
  url: string,
  client: SubgraphClient,
): GraphQLDataSource<RouterContext> {
  return {
    process: async (options) => {
      if (options.kind !== 'incoming operation') throw new Error('Only operations of clients are sent.')
      const { query, operationName, variables } = options.request
      return client.send({ name, url }, { query, operationName, variables }, options.context)
    },
  }
}

function addressOf(name: string, url: string | undefined, urls: ReadonlyMap<string, string>): string {
  const variable = urlVariable(name)
  const given = urls.get(variable)
  const address = given ?? url ?? ''
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address
  throw new StartError(
    given === undefined
      ? `The subgraph "${name}" has no address in the supergraph file. Set ${variable}.`
      : `The configuration is wrong:\n  ${variable}: must be an http or https address`,
  )
}

function quiet(log: Log) {
  return {
    debug: (message: string) => log.debug(message),
    info: (message: string) => log.debug(message),
    warn: (message: string) => log.warn(message),
    error: (message: string) => log.error(message),
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
