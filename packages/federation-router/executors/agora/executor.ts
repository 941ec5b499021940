import type { ApolloServerOptionsWithGateway } from '@apollo/server'
import { getOperationAST, GraphQLError, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import { LRUCache } from 'lru-cache'

import type { PlanningBudget } from '../../budgets/planningBudget'
import { isRouterContext, type RouterContext } from '../../request/context'
import { documentCacheLimits, documentLength } from '../../validation/documentStore'
import { executeIntrospection } from '../introspection'
import type { OperationCache } from '../../request/operationCache'
import type { Planner } from '../../planning/planner'
import type { ValidatedSubscription, SubscriptionHub } from '../../subscriptions/subscriptionHub'
import { readNamesSelectedByPlans, withSafeAliases } from '../../planning/safeAliases'
import { withDistinctResponseKeys } from '../../planning/distinctResponseKeys'
import {
  compileOperation,
  VariantCache,
  type CompiledOperation,
  type ExecutionOutcome,
} from './compiledOperation'
import type { JsonObject } from '../../../platform/json'
import { SerializedDataValue, decodeSerializedData } from './serializedData'
import type { SendFetch } from './executionState'
import type { FetchContext } from '../../transport/fetchContext'
import type { TransportResponse } from '../../transport/transport'
import { createSupergraphModel } from '../../supergraph/supergraphModel'
import { withSafeVariableNames } from '../../planning/safeVariableNames'
import { toVariables } from '../../validation/variableValues'

/** Apollo Server's interface of a gateway. */
export type Gateway = ApolloServerOptionsWithGateway<RouterContext>['gateway']
export type GatewayExecutor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>

export interface ExecutorOptions {
  planner: Planner
  transport: { send: SendFetch }
  /** How many compiled operations are kept. */
  maxOperations?: number
  /** See `CompileOptions`. */
  fastPathAfter?: number | undefined
  /** Bounds the time for operations that are not compiled yet. */
  planning?: PlanningBudget
  /** Takes subscriptions. */
  hub?: SubscriptionHub
  /** Is told of each operation that is valid and compiled. */
  prepared?: OperationCache
}

/** Compiles operations, each when it first comes, and keeps those that were used last. */
export interface OperationCompiler {
  /** Returns an operation that is compiled already. */
  find(key: string): CompiledOperation | undefined
  /**
   * @param key of the document and the operation's name, the same for the same
   * @throws GraphQLError for an operation that the planner refuses
   */
  compile(key: string, document: DocumentNode, operation: OperationDefinitionNode): CompiledOperation
}

export function createOperationCompiler(options: ExecutorOptions): OperationCompiler {
  const { planner, maxOperations = documentCacheLimits.max } = options
  const supergraph = createSupergraphModel(planner)
  const schema = planner.apiSchema
  const needed = readNamesSelectedByPlans(planner.repairedSdl)
  const variants = new VariantCache()
  const operations = new LRUCache<string, CompiledOperation>({ ...documentCacheLimits, max: maxOperations })
  return {
    find: (key) => operations.get(key),
    compile(key, document, operation) {
      const known = operations.get(key)
      if (known) return known
      const name = operation.name?.value
      const { document: named, underClientNames } = withSafeVariableNames(document)
      const aliased = withSafeAliases(named, needed)
      const { document: safe, clientKeys } = withDistinctResponseKeys(aliased, name, needed)
      const asked = getOperationAST(safe, name) ?? operation
      const plan = planner.plan(safe, name)
      const compiled = compileOperation({
        plan,
        document: safe,
        operation: asked,
        clientKeys,
        schema,
        supergraph,
        variants,
        documentLength: documentLength(document),
        fastPathAfter: options.fastPathAfter,
      })
      const operationOfClient = underClientNames(compiled)
      operations.set(key, operationOfClient, { size: documentLength(document) })
      return operationOfClient
    },
  }
}

/** What Apollo Server asks of a gateway for each operation. Well-formed data is a `PreparedData`: see `stringifyPrepared`. */
export function createExecutor(options: ExecutorOptions): GatewayExecutor {
  const compiler = createOperationCompiler(options)
  const send: SendFetch = (service, request, context) => options.transport.send(service, request, context)
  return async ({ request, source, document, operation, queryHash, schema, context }) => {
    if (!isRouterContext(context)) throw new Error('The context is not the router’s.')
    if (context.execution) return resultOf(await context.execution)
    const variables = toVariables(request.variables)
    const introspection = await executeIntrospection({ schema, document, operation, variables })
    if (introspection) return introspection
    const key = `${queryHash} ${operation.name?.value ?? ''}`
    const compile = () => compiler.compile(key, document, operation)
    const compiled = compiler.find(key) ?? options.planning?.runCharged(context, compile) ?? compile()
    const errors = compiled.checkVariables(variables)
    if (errors) return { errors }
    if (operation.operation === 'subscription') {
      const { primary, executeEvent } = compiled
      const source = primary && {
        ...primary,
        executeEvent: (event: TransportResponse, variables: JsonObject, context: FetchContext) =>
          executeEvent(event, { variables, context, send }),
      }
      const resumePosition = context.lastEventId
      subscribe(
        options.hub,
        context,
        source && { key: keyOf(key, operation, variables), source, variables, resumePosition },
      )
      return { data: null }
    }
    const { operationName } = request
    options.prepared?.store({ schema, source, document, operation, operationName }, compiled, send)
    return resultOf(await compiled.execute({ variables, context, send }))
  }
}

/** By declared variables alone, in the order of their declarations: clients give them in any. */
function keyOf(key: string, { variableDefinitions = [] }: OperationDefinitionNode, variables: JsonObject) {
  return [
    key,
    ...variableDefinitions.map(({ variable }) => JSON.stringify(variables[variable.name.value])),
  ].join('\n')
}

/** @throws GraphQLError where the request came by a way that has no events */
function subscribe(
  hub: SubscriptionHub | undefined,
  context: RouterContext,
  subscription: ValidatedSubscription | undefined,
): void {
  const { acceptSubscription, viewer, slot } = context
  if (!hub || !acceptSubscription || !slot || !subscription) {
    throw new GraphQLError(
      'A subscription needs a way that has events: a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream, or multipart/mixed with subscriptionSpec=1.0.',
      { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
    )
  }
  acceptSubscription(hub.subscribe(subscription, { viewer, address: slot.address }))
  // From now on it counts as a subscription.
  slot.release()
}

function resultOf(outcome: ExecutionOutcome) {
  if (outcome.texts) return { data: new SerializedDataValue(decodeSerializedData(outcome)) }
  return outcome.errors.length > 0 ? outcome : { data: outcome.data }
}
