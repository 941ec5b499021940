import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway'

import { setDefaultVariable } from '../subgraphs/shared/env'
import { StartError } from '../subgraphs/shared/lifecycle'
import type { Log } from '../subgraphs/shared/log'
import { addressOf } from './addresses'
import type { RouterContext } from './context'
import { answerIntrospection } from './introspection'
import {
  createReloadableGateway,
  type GatewayStart,
  type LoadedSupergraph,
  type ReloadableGateway,
} from './reload'
import type { Transport } from './transport/transport'

export interface GatewayOptions {
  /** The supergraph's SDL. */
  supergraph: string
  /** Addresses that differ from the supergraph's, by the name of their variable. */
  urls: ReadonlyMap<string, string>
  transport: Transport
  log: Log
  /** Whether a client that asks for it is shown the query plan. */
  showQueryPlans: boolean
}

/**
 * `@apollo/gateway` stands behind this one file: its planner, and for now its executor too. It connects to nothing
 * before the first operation, and so starts whatever the state of the subgraphs.
 *
 * `load` and `replace` throw StartError for a supergraph that cannot be served.
 */
export function createGateway(options: GatewayOptions): ReloadableGateway {
  // It would send metrics to Apollo otherwise. Read when a gateway is made.
  setDefaultVariable('APOLLO_TELEMETRY_DISABLED', 'true')
  return createReloadableGateway(options.supergraph, (supergraph, start) =>
    loadSupergraph({ ...options, supergraph }, start),
  )
}

async function loadSupergraph(
  { supergraph, urls, transport, log, showQueryPlans }: GatewayOptions,
  start: GatewayStart,
): Promise<LoadedSupergraph> {
  const addresses = new Map<string, string>()
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph,
    buildService: ({ name, url }) => {
      addresses.set(name, addressOf(name, url, urls))
      return createDataSource(name, transport)
    },
    logger: quiet(log),
    __exposeQueryPlanExperimental: showQueryPlans,
  })
  let schemas: Omit<LoadedSupergraph, 'executor'> | undefined
  gateway.onSchemaLoadOrUpdate((loaded) => (schemas = loaded))
  const { executor } = await gateway.load(start).catch((error: unknown) => {
    if (error instanceof StartError) throw error
    throw new StartError(`The supergraph file cannot be used: ${messageOf(error)}`)
  })
  if (!schemas) throw new Error('The gateway has loaded no schema.')
  transport.reach(addresses)
  return {
    ...schemas,
    executor: async (context) => {
      const { schema, document, operation, request } = context
      const introspection = { schema, document, operation, variables: request.variables }
      return (await answerIntrospection(introspection)) ?? withoutValueCompletion(await executor(context))
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

function createDataSource(name: string, transport: Transport): GraphQLDataSource<RouterContext> {
  return {
    process: async (options) => {
      if (options.kind !== 'incoming operation') throw new Error('Only operations of clients are sent.')
      const { query, operationName, variables } = options.request
      const representations: unknown = variables?.['representations']
      const request = {
        body: JSON.stringify({ query, operationName, variables }),
        kind: query?.startsWith('mutation') ? ('mutation' as const) : ('query' as const),
        ...(Array.isArray(representations) && { entities: representations.length }),
      }
      return transport.send(name, request, options.context)
    },
  }
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
