import { getOperationAST, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import { LRUCache } from 'lru-cache'

import type { JsonObject } from '../../../platform/json'
import { withDistinctResponseKeys } from '../../planning/distinctResponseKeys'
import { documentCacheLimits, documentLength } from '../../planning/documentCacheLimits'
import { createPlanner, type Planner } from '../../planning/planner'
import { readNamesSelectedByPlans, withSafeAliases } from '../../planning/safeAliases'
import { withSafeVariableNames } from '../../planning/safeVariableNames'
import type { GatewayExecutor, LoadedSupergraph } from '../../supergraph/reloadableGateway'
import { resolveSubgraphUrl } from '../../supergraph/subgraphUrl'
import { createSupergraphModel } from '../../supergraph/supergraphModel'
import {
  createNoEventStreamError,
  type CompiledOperation,
  type ExecutionOutcome,
  type ExecutorOptions,
  type FetchContext,
  type OperationHandlers,
  type RequestOptions,
  type SendFetch,
} from '../executor'
import { executeIntrospection } from '../introspection'
import { decodeSerializedData, SerializedDataValue } from '../serializedData'
import { toVariables } from '../variables/variableValues'
import { compileOperation, withRenamedVariables } from './compiledOperation'
import { VariantCache } from './operationVariants'

/** The part of a request's context that this executor reads. */
export interface AgoraExecutionContext extends FetchContext {
  /** The execution of the operation, if it started before Apollo Server got the request. */
  execution?: Promise<ExecutionOutcome>
}

export interface CompilerOptions {
  planner: Planner
  /** The maximum number of compiled operations in the cache. */
  maxOperations?: number
  /** How many executions take the standard path before the fast path is tried; 1 by default. */
  fastPathAfter?: number | undefined
}

export interface AgoraExecutorOptions<Context extends FetchContext>
  extends CompilerOptions, RequestOptions<Context> {
  transport: { send: SendFetch }
  handlers?: OperationHandlers<Context>
}

/** Compiles operations when they are first executed, and caches those that were used last. */
export interface OperationCompiler {
  find(key: string): CompiledOperation | undefined
  /**
   * @param key identifies the document and the name of the operation
   * @throws GraphQLError for an operation that the planner rejects
   */
  compile(key: string, document: DocumentNode, operation: OperationDefinitionNode): CompiledOperation
}

/** Loads a supergraph into Apollo's planner and this executor. */
export async function loadAgoraExecutor<Context extends AgoraExecutionContext>(
  options: ExecutorOptions<Context>,
): Promise<LoadedSupergraph> {
  const { supergraph, subgraphUrls, transport, isContext, planning, createHandlers } = options
  const planner = createPlanner(supergraph)
  const urls = new Map(
    planner.subgraphs.map(({ name, url }) => [name, resolveSubgraphUrl(name, url, subgraphUrls)] as const),
  )
  transport.setSubgraphUrls(urls)
  const handlers = createHandlers?.(urls)
  const executor = createAgoraExecutor({ planner, transport, isContext, planning, handlers })
  return { apiSchema: planner.apiSchema, coreSupergraphSdl: supergraph, executor }
}

export function createOperationCompiler(options: CompilerOptions): OperationCompiler {
  const { planner, maxOperations = documentCacheLimits.max, fastPathAfter } = options
  const supergraph = createSupergraphModel(planner)
  const schema = planner.apiSchema
  const reservedNames = readNamesSelectedByPlans(planner.repairedSdl)
  const variants = new VariantCache()
  const operations = new LRUCache<string, CompiledOperation>({ ...documentCacheLimits, max: maxOperations })
  return {
    find: (key) => operations.get(key),
    compile(key, clientDocument, clientOperation) {
      const known = operations.get(key)
      if (known) return known
      const name = clientOperation.name?.value
      const size = documentLength(clientDocument)
      const { document: named, toPlannedVariables } = withSafeVariableNames(clientDocument)
      const aliased = withSafeAliases(named, reservedNames)
      const { document, clientKeys } = withDistinctResponseKeys(aliased, name, reservedNames)
      const planned = compileOperation({
        plan: planner.plan(document, name),
        document,
        operation: getOperationAST(document, name) ?? clientOperation,
        clientKeys,
        schema,
        supergraph,
        variants,
        documentLength: size,
        fastPathAfter,
      })
      const compiled = toPlannedVariables ? withRenamedVariables(planned, toPlannedVariables) : planned
      operations.set(key, compiled, { size })
      return compiled
    },
  }
}

/** Creates the executor that Apollo Server calls. Data without errors is a `SerializedDataValue` (see `stringifyResult`). */
export function createAgoraExecutor<Context extends AgoraExecutionContext>(
  options: AgoraExecutorOptions<Context>,
): GatewayExecutor {
  const { transport, isContext, planning, handlers } = options
  const compiler = createOperationCompiler(options)
  const send: SendFetch = (service, request, context) => transport.send(service, request, context)
  return async ({ request, source, document, operation, queryHash, schema, context }) => {
    if (!isContext(context)) throw new Error('The context is not that of the router.')
    if (context.execution) return toResult(await context.execution)
    const variables = toVariables(request.variables)
    const introspection = await executeIntrospection({ schema, document, operation, variables })
    if (introspection) return introspection
    const key = `${queryHash} ${operation.name?.value ?? ''}`
    const compile = () => compiler.compile(key, document, operation)
    const compiled = compiler.find(key) ?? planning?.runCharged(context, compile) ?? compile()
    const errors = compiled.checkVariables(variables)
    if (errors) return { errors }
    if (operation.operation === 'subscription') {
      if (!handlers?.subscribe) throw createNoEventStreamError()
      const subscriptionKey = toSubscriptionKey(key, operation, variables)
      handlers.subscribe({ key: subscriptionKey, compiled, variables, send }, context)
      return { data: null }
    }
    const { operationName } = request
    handlers?.onCompiled?.({ schema, source, document, operation, operationName }, compiled, send)
    return toResult(await compiled.execute({ variables, context, send }))
  }
}

/** Contains the declared variables only, in the order of their declarations: clients send them in any order. */
function toSubscriptionKey(
  operationKey: string,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: JsonObject,
): string {
  const values = variableDefinitions.map(({ variable }) => JSON.stringify(variables[variable.name.value]))
  return [operationKey, ...values].join('\n')
}

function toResult(outcome: ExecutionOutcome) {
  if (outcome.texts) return { data: new SerializedDataValue(decodeSerializedData(outcome)) }
  return outcome.errors.length > 0 ? outcome : { data: outcome.data }
}
