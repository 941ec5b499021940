import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway'
import { GraphQLError, OperationTypeNode, type DocumentNode, type OperationDefinitionNode } from 'graphql'

import { setDefaultVariable } from '../../../platform/config/environment'
import { StartupError } from '../../../platform/lifecycle'
import type { Log } from '../../../platform/log'
import { plannerConfig } from '../../planning/apolloPlanner'
import type {
  GatewayExecutor,
  GatewayLoadOptions,
  LoadedSupergraph,
} from '../../supergraph/reloadableGateway'
import { resolveSubgraphUrl } from '../../supergraph/subgraphUrl'
import type { Transport, TransportRequest } from '../../transport/transport'
import type { ExecutorOptions, FetchContext, RequestOptions } from '../executor'
import { executeIntrospection } from '../introspection'
import { collectConditionVariables } from '../variables/conditionVariables'
import { compileVariableCheck, toVariables, type CheckVariables } from '../variables/variableValues'
import { createChargedPlanCache } from './planCache'
import { withoutIgnorableFeatures } from './supergraphFeatures'

/**
 * Loads a supergraph into stock `@apollo/gateway`, which plans and executes; its fetches go through the router's
 * transport. Variables and introspection are handled as for the other executor, so that clients see the same responses.
 *
 * @throws StartupError for a supergraph that cannot be used
 */
export async function loadApolloExecutor<Context extends FetchContext>(
  options: ExecutorOptions<Context>,
  start: GatewayLoadOptions,
): Promise<LoadedSupergraph> {
  const { supergraph, subgraphUrls, transport, planning, log } = options
  // The constructor starts an exporter of usage metrics to Apollo unless this is set.
  setDefaultVariable('APOLLO_TELEMETRY_DISABLED', 'true')
  const urls = new Map<string, string>()
  let loaded: Pick<LoadedSupergraph, 'apiSchema' | 'coreSupergraphSdl'> | undefined
  const plans = planning && createChargedPlanCache(planning)
  try {
    const gateway = new ApolloGateway({
      supergraphSdl: withoutIgnorableFeatures(supergraph),
      buildService: ({ name, url }) => {
        urls.set(name, resolveSubgraphUrl(name, url, subgraphUrls))
        return createDataSource<Context>(name, transport)
      },
      queryPlannerConfig: { ...plannerConfig, ...(plans && { cache: plans.cache }) },
      logger: createQuietLogger(log),
      // On in development, for any client that sends a certain header.
      __exposeQueryPlanExperimental: false,
    })
    gateway.onSchemaLoadOrUpdate((schemas) => (loaded = schemas))
    const { executor } = await gateway.load(start)
    if (!loaded) throw new Error('@apollo/gateway has loaded no schema')
    transport.setSubgraphUrls(urls)
    log.info('@apollo/gateway executes operations (ROUTER_EXECUTOR=apollo); subscriptions are rejected')
    const chargePlanning = plans?.chargePlanningTo
    return { ...loaded, executor: createExecutor(executor, loaded.apiSchema, { ...options, chargePlanning }) }
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(`The supergraph file cannot be used: ${messageOf(error)}`)
  }
}

interface ApolloRequestOptions<Context extends FetchContext> extends Pick<
  RequestOptions<Context>,
  'isContext'
> {
  chargePlanning: (<Result>(context: Context, execute: () => Promise<Result>) => Promise<Result>) | undefined
}

function createExecutor<Context extends FetchContext>(
  executeOnGateway: GatewayExecutor,
  schema: LoadedSupergraph['apiSchema'],
  { isContext, chargePlanning }: ApolloRequestOptions<Context>,
): GatewayExecutor {
  const checks = new WeakMap<OperationDefinitionNode, CheckVariables>()

  function variableCheckFor(document: DocumentNode, operation: OperationDefinitionNode): CheckVariables {
    const known = checks.get(operation)
    if (known) return known
    const check = compileVariableCheck(schema, operation, collectConditionVariables(document, operation))
    checks.set(operation, check)
    return check
  }

  return async (request) => {
    const { document, operation, context } = request
    if (!isContext(context)) throw new Error('The context is not that of the router.')
    const variables = toVariables(request.request.variables)
    const introspection = await executeIntrospection({ schema, document, operation, variables })
    if (introspection) return introspection
    const variableErrors = variableCheckFor(document, operation)(variables)
    if (variableErrors) return { errors: variableErrors }
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) throw createSubscriptionsUnsupportedError()
    // Without the gateway's `extensions`, which list nulls without errors: entities that do not exist.
    const execute = () => executeOnGateway(request)
    const { data, errors } = await (chargePlanning ? chargePlanning(context, execute) : execute())
    return errors ? { data, errors: errors.map(toGraphQLError) } : { data }
  }
}

/** Sends the gateway's fetches through the transport, whose errors it reports beside the data of other subgraphs. */
function createDataSource<Context extends FetchContext>(
  service: string,
  transport: Transport,
): GraphQLDataSource<Context> {
  return {
    process: async (options) => {
      if (options.kind !== 'incoming operation')
        throw new Error(`Unexpected request of @apollo/gateway: ${options.kind}`)
      const { query, operationName, variables } = options.request
      const representations: unknown = variables?.['representations']
      const request: TransportRequest = {
        body: JSON.stringify({ query, operationName, variables }),
        // A mutation also fetches entities with queries: the operation of the fetch decides.
        kind: query?.startsWith('mutation') ? 'mutation' : 'query',
        entityCount: Array.isArray(representations) ? representations.length : undefined,
      }
      return transport.send(service, request, options.context)
    },
  }
}

function createSubscriptionsUnsupportedError(): GraphQLError {
  return new GraphQLError(
    'Subscriptions are not supported by @apollo/gateway, which executes the operations of this router. They need ROUTER_EXECUTOR=agora.',
    { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
  )
}

/** Converts an error that the gateway has caught while it executed a fetch, which need not be a GraphQLError. */
function toGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error })
}

/** Logs the gateway's `info` at `debug`: only its developers need those lines. */
function createQuietLogger(log: Log) {
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
