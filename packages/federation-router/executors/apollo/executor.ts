import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway'
import { GraphQLError, OperationTypeNode, type GraphQLSchema } from 'graphql'
import { createHash } from 'node:crypto'

import { setDefaultVariable, StartupError, stringifyJson, type JsonObject } from '../../../platform'
import type { Log } from '../../../platform/log'
import { plannerConfig } from '../../planning/apolloPlanner'
import type { FetchContext } from '../../transport/fetchContext'
import type { Transport } from '../../transport/transport'
import type { TransportRequest } from '../../transport/transportRequest'
import type { Executor, PlanningLimiter, ValidOperation } from '../executor'
import { planIntrospection } from '../introspection'
import { collectConditionVariables } from '../variables/conditionVariables'
import { compileVariableCheck } from '../variables/variableValues'
import { createChargedPlanCache, type ChargedPlanCache } from './planCache'
import { withoutIgnorableFeatures } from './supergraphFeatures'

type GatewayExecutor = ApolloGateway['executor']

interface ApolloExecutorOptions<Context extends FetchContext> {
  /** The SDL of the supergraph. */
  supergraph: string
  /** Returns the URL of a subgraph, given the one in the supergraph. @throws StartupError without a usable URL */
  resolveSubgraphUrl(name: string, url: string | undefined): string
  transport: Transport
  /** Charges the planning of operations. */
  planning?: PlanningLimiter<Context> | undefined
  log: Log
}

/**
 * Loads a supergraph into stock `@apollo/gateway`, which plans and executes; its fetches are sent by the router's
 * transport. Variables and introspection are handled as for the other executor, so that clients see the same responses.
 *
 * @throws StartupError for a supergraph that cannot be served
 */
export async function loadApolloExecutor<Context extends FetchContext>({
  supergraph,
  resolveSubgraphUrl,
  transport,
  planning,
  log,
}: ApolloExecutorOptions<Context>): Promise<Executor<Context>> {
  // The constructor starts an exporter of usage metrics to Apollo unless this is set.
  setDefaultVariable('APOLLO_TELEMETRY_DISABLED', 'true')
  const urls = new Map<string, string>()
  let schema: GraphQLSchema | undefined
  const plans = planning && createChargedPlanCache(planning)
  try {
    const gateway = new ApolloGateway({
      supergraphSdl: withoutIgnorableFeatures(supergraph),
      buildService: ({ name, url }) => {
        urls.set(name, resolveSubgraphUrl(name, url))
        return createDataSource(name, transport)
      },
      queryPlannerConfig: { ...plannerConfig, ...(plans && { cache: plans.cache }) },
      logger: createQuietLogger(log),
      // On in development, for any client that sends a certain header.
      __exposeQueryPlanExperimental: false,
    })
    gateway.onSchemaLoadOrUpdate(({ apiSchema }) => (schema = apiSchema))
    const { executor } = await gateway.load({ apollo: {} })
    if (!schema) throw new Error('@apollo/gateway has loaded no schema')
    transport.setSubgraphUrls(urls)
    log.info('@apollo/gateway executes operations; subscriptions are rejected')
    return createExecutor(executor, schema, plans)
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(`The supergraph file cannot be used: ${readMessage(error)}`)
  }
}

function createExecutor<Context extends FetchContext>(
  executeOnGateway: GatewayExecutor,
  schema: GraphQLSchema,
  plans: ChargedPlanCache<Context> | undefined,
): Executor<Context> {
  return {
    schema,
    plan(valid) {
      const { document, operation, source } = valid
      const introspection = planIntrospection({ schema, document, operation })
      if (introspection) return introspection
      if (operation.operation === OperationTypeNode.SUBSCRIPTION) throw createSubscriptionsUnsupportedError()
      const conditions = collectConditionVariables(document, operation)
      const queryHash = createHash('sha256').update(source).digest('hex')
      return {
        checkVariables: compileVariableCheck(schema, operation, conditions),
        async execute(variables, context) {
          const request = createGatewayRequest({ ...valid, schema, queryHash, variables, context })
          const execute = () => executeOnGateway(request)
          // Without its `extensions`, which list nulls that need no error: entities that do not exist.
          const { data, errors = [] } = await (plans ? plans.chargePlanningTo(context, execute) : execute())
          return { data, errors: errors.map(toGraphQLError) }
        },
      }
    },
  }
}

interface GatewayOperation extends ValidOperation {
  schema: GraphQLSchema
  queryHash: string
  variables: JsonObject
  context: FetchContext
}

/** Creates the request context that the gateway expects of a GraphQL server. */
function createGatewayRequest({
  source,
  document,
  operation,
  schema,
  queryHash,
  variables,
  context,
}: GatewayOperation): Parameters<GatewayExecutor>[0] {
  const operationName = operation.name?.value
  return {
    request: { query: source, operationName, variables },
    document,
    operation,
    operationName: operationName ?? null,
    source,
    queryHash,
    schema,
    // An opaque type that only Apollo Server creates; the gateway does not read it.
    schemaHash: '' as Parameters<GatewayExecutor>[0]['schemaHash'],
    context,
    cache: unusedCache,
    logger: silentLogger,
    metrics: {},
    overallCachePolicy: undefined,
  }
}

const unusedCache = { get: async () => undefined, set: async () => {}, delete: async () => true }
const silentLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** Sends the gateway's fetches through the transport, whose errors it reports beside the data of other subgraphs. */
function createDataSource(service: string, transport: Transport): GraphQLDataSource<FetchContext> {
  return {
    process: async (options) => {
      if (options.kind !== 'incoming operation')
        throw new Error(`Unexpected request of @apollo/gateway: ${options.kind}`)
      const { query, operationName, variables } = options.request
      const representations: unknown = variables?.['representations']
      const request: TransportRequest = {
        body: stringifyJson({ query, operationName, variables }),
        // A mutation also fetches entities with queries: the operation of the fetch decides.
        kind: query?.startsWith('mutation') ? 'mutation' : 'query',
        // The gateway completes no other value of an ID or a Float.
        roundsIntegers: true,
        entityCount: Array.isArray(representations) ? representations.length : undefined,
      }
      return transport.send(service, request, options.context)
    },
  }
}

function createSubscriptionsUnsupportedError(): GraphQLError {
  return new GraphQLError(
    'Subscriptions are not supported by @apollo/gateway, which executes the operations of this router. They need its own executor.',
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

function readMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
