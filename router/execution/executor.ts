import type { ApolloServerOptionsWithGateway } from '@apollo/server'
import { getOperationAST, GraphQLError, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import { LRUCache } from 'lru-cache'

import type { PlanningBudget } from '../budgets/planning'
import { isRouterContext, type RouterContext } from '../context'
import { documentBounds, lengthOf } from '../documentStore'
import { answerIntrospection } from '../introspection'
import type { PreparedOperations } from '../prepared'
import type { Planner } from '../planning/planner'
import type { AcceptedSubscription, Hub } from '../subscriptions/hub'
import { neededNames, withSafeAliases } from './aliases'
import { withDistinctKeys } from './distinctKeys'
import { compileOperation, VariantCache, type CompiledOperation, type ExecutionOutcome } from './compile'
import type { JsonObject } from './json'
import { PreparedData, wholeText } from './prepared'
import type { Send } from './run'
import { createSupergraph } from './supergraph'
import { withSafeVariables } from './variableNames'
import { variablesOf } from './variables'

/** Apollo Server's interface of a gateway. */
export type Gateway = ApolloServerOptionsWithGateway<RouterContext>['gateway']
export type GatewayExecutor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>

export interface ExecutorOptions {
  planner: Planner
  transport: { send: Send }
  /** How many compiled operations are kept. */
  maxOperations?: number
  /** See `CompileOptions`. */
  directAfter?: number | undefined
  /** Bounds the time for operations that are not compiled yet. */
  planning?: PlanningBudget
  /** Takes subscriptions. */
  hub?: Hub
  /** Is told of each operation that is valid and compiled. */
  prepared?: PreparedOperations
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
  const { planner, maxOperations = documentBounds.max } = options
  const supergraph = createSupergraph(planner)
  const schema = planner.apiSchema
  const needed = neededNames(planner.plannedSdl)
  const variants = new VariantCache()
  const operations = new LRUCache<string, CompiledOperation>({ ...documentBounds, max: maxOperations })
  return {
    find: (key) => operations.get(key),
    compile(key, document, operation) {
      const known = operations.get(key)
      if (known) return known
      const name = operation.name?.value
      const { document: named, underClientNames } = withSafeVariables(document)
      const aliased = withSafeAliases(named, needed)
      const { document: safe, clientKeys } = withDistinctKeys(aliased, name, needed)
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
        length: lengthOf(document),
        directAfter: options.directAfter,
      })
      const operationOfClient = underClientNames(compiled)
      operations.set(key, operationOfClient, { size: lengthOf(document) })
      return operationOfClient
    },
  }
}

/** What Apollo Server asks of a gateway for each operation. Well-formed data is a `PreparedData`: see `stringifyPrepared`. */
export function createExecutor(options: ExecutorOptions): GatewayExecutor {
  const compiler = createOperationCompiler(options)
  const send: Send = (service, request, context) => options.transport.send(service, request, context)
  return async ({ request, source, document, operation, queryHash, schema, context }) => {
    if (!isRouterContext(context)) throw new Error('The context is not the router’s.')
    if (context.execution) return resultOf(await context.execution)
    const variables = variablesOf(request.variables)
    const introspection = await answerIntrospection({ schema, document, operation, variables })
    if (introspection) return introspection
    const key = `${queryHash} ${operation.name?.value ?? ''}`
    const compile = () => compiler.compile(key, document, operation)
    const compiled = compiler.find(key) ?? options.planning?.spend(context, compile) ?? compile()
    const errors = compiled.checkVariables(variables)
    if (errors) return { errors }
    if (operation.operation === 'subscription') {
      const after = context.lastEventId
      subscribe(
        options.hub,
        { key: keyOf(key, operation, variables), compiled, variables, after, send },
        context,
      )
      return { data: null }
    }
    const { operationName } = request
    options.prepared?.remember({ schema, source, document, operation, operationName }, compiled, send)
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
function subscribe(hub: Hub | undefined, subscription: AcceptedSubscription, context: RouterContext): void {
  const { takeEvents, viewer, slot } = context
  if (!hub || !takeEvents || !slot || !subscription.compiled.primary) {
    throw new GraphQLError(
      'A subscription needs a way that has events: a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream, or multipart/mixed with subscriptionSpec=1.0.',
      { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
    )
  }
  takeEvents(hub.join(subscription, { viewer, address: slot.address }))
  // From now on it counts as a subscription.
  slot.release()
}

function resultOf(outcome: ExecutionOutcome) {
  if (outcome.texts) return { data: new PreparedData(wholeText(outcome)) }
  return outcome.errors.length > 0 ? outcome : { data: outcome.data }
}
