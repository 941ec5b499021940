import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway'
import { GraphQLError, OperationTypeNode, type DocumentNode, type OperationDefinitionNode } from 'graphql'

import { setDefaultVariable } from '../../../platform/config/environment'
import { StartupError } from '../../../platform/lifecycle'
import type { Log } from '../../../platform/log'
import { resolveSubgraphUrl } from '../../supergraph/subgraphUrl'
import type { PlanningBudget } from '../../budgets/planningBudget'
import { isRouterContext, type RouterContext } from '../../request/context'
import { collectConditionVariables } from '../agora/compiledOperation'
import { compileVariableCheck, toVariables, type CheckVariables } from '../../validation/variableValues'
import { executeIntrospection } from '../introspection'
import { plannerConfig } from '../../planning/planner'
import type {
  GatewayExecutor,
  GatewayLoadOptions,
  LoadedSupergraph,
} from '../../supergraph/reloadableGateway'
import type { Transport } from '../../transport/transport'
import { withoutIgnorableFeatures } from './supergraphFeatures'
import { createChargedPlanCache, type ChargedPlanCache } from './planCache'

export interface ApolloGatewayOptions {
  /** The supergraph's SDL. */
  supergraph: string
  /** Addresses that differ from the supergraph's, by the name of their variable. */
  subgraphUrls: ReadonlyMap<string, string>
  transport: Transport
  /** Bounds the time for operations that are not planned yet. */
  planning?: PlanningBudget
  log: Log
}

/**
 * Loads a supergraph into stock `@apollo/gateway`, which plans and executes; its fetches go through the router's
 * transport. Variables and introspection are handled as for the other executor, so that clients see the same responses.
 *
 * @throws StartError for a supergraph that cannot be served
 */
export async function loadApolloGateway(
  { supergraph, subgraphUrls, transport, planning, log }: ApolloGatewayOptions,
  start: GatewayLoadOptions,
): Promise<LoadedSupergraph> {
  // The constructor starts an exporter of usage metrics to Apollo unless this is set.
  setDefaultVariable('APOLLO_TELEMETRY_DISABLED', 'true')
  const addresses = new Map<string, string>()
  let loaded: Pick<LoadedSupergraph, 'apiSchema' | 'coreSupergraphSdl'> | undefined
  const plans = planning && createChargedPlanCache(planning)
  try {
    const gateway = new ApolloGateway({
      supergraphSdl: withoutIgnorableFeatures(supergraph),
      buildService: ({ name, url }) => {
        addresses.set(name, resolveSubgraphUrl(name, url, subgraphUrls))
        return createDataSource(name, transport)
      },
      queryPlannerConfig: { ...plannerConfig, ...(plans && { cache: plans.cache }) },
      logger: quietLogger(log),
      // On in development, for any client that sends a certain header.
      __exposeQueryPlanExperimental: false,
    })
    gateway.onSchemaLoadOrUpdate((schemas) => (loaded = schemas))
    const { executor } = await gateway.load(start)
    if (!loaded) throw new Error('@apollo/gateway has loaded no schema')
    transport.setSubgraphUrls(addresses)
    log.info('@apollo/gateway executes operations (ROUTER_EXECUTOR=apollo); subscriptions are refused')
    return { ...loaded, executor: createExecutor(executor, loaded.apiSchema, plans) }
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(`The supergraph file cannot be used: ${messageOf(error)}`)
  }
}

function createExecutor(
  executeOnGateway: GatewayExecutor,
  schema: LoadedSupergraph['apiSchema'],
  plans: ChargedPlanCache | undefined,
): GatewayExecutor {
  const checks = new WeakMap<OperationDefinitionNode, CheckVariables>()

  function variableCheckFor(document: DocumentNode, operation: OperationDefinitionNode): CheckVariables {
    const known = checks.get(operation)
    if (known) return known
    const check = compileVariableCheck(schema, operation, collectConditionVariables({ document, operation }))
    checks.set(operation, check)
    return check
  }

  return async (request) => {
    const { document, operation, context } = request
    if (!isRouterContext(context)) throw new Error('The context is not that of the router.')
    const variables = toVariables(request.request.variables)
    const introspection = await executeIntrospection({ schema, document, operation, variables })
    if (introspection) return introspection
    const problems = variableCheckFor(document, operation)(variables)
    if (problems) return { errors: problems }
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) throw subscriptionsUnsupported()
    // Without its `extensions`, which list nulls that need no error: entities that do not exist.
    const execute = () => executeOnGateway(request)
    const { data, errors } = await (plans ? plans.chargePlanningTo(context, execute) : execute())
    return errors ? { data, errors: errors.map(toGraphQLError) } : { data }
  }
}

/** Sends the gateway's fetches through the transport, whose errors it reports beside the data of other subgraphs. */
function createDataSource(service: string, transport: Transport): GraphQLDataSource<RouterContext> {
  return {
    process: async (options) => {
      if (options.kind !== 'incoming operation')
        throw new Error(`Unexpected request of @apollo/gateway: ${options.kind}`)
      const { query, operationName, variables } = options.request
      const representations: unknown = variables?.['representations']
      const request = {
        body: JSON.stringify({ query, operationName, variables }),
        // Entities are queried in mutations, too: only the operation of the fetch decides.
        kind: query?.startsWith('mutation') ? ('mutation' as const) : ('query' as const),
        ...(Array.isArray(representations) && { entityCount: representations.length }),
      }
      return transport.send(service, request, options.context)
    },
  }
}

function subscriptionsUnsupported(): GraphQLError {
  return new GraphQLError(
    'Subscriptions are not supported by @apollo/gateway, which executes the operations of this router. They need ROUTER_EXECUTOR=agora.',
    { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
  )
}

/** Converts what the gateway has caught while it executed a fetch, which need not be a GraphQLError. */
function toGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error })
}

/** Logs the gateway's `info` at `debug`: its developers alone need those lines. */
function quietLogger(log: Log) {
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
