import type { JsonObject } from '../../../platform'
import type { QueryPlan } from '../../planning/apolloPlanner'
import type { TransportResponse } from '../../transport/transportRequest'
import type { DeferredOutcome, ExecutionInput, ExecutionOutcome, PlannedOperation } from '../executor'
import { collectConditionVariables } from '../variables/conditionVariables'
import { compileVariableCheck } from '../variables/variableValues'
import { summarizePlan } from '../../planning/planSummary'
import { createExecutionState, getErrorCollector, type ExecutionState, type PlanStep } from './executionState'
import { createFastPathPolicy } from './fast-path/fastPathPolicy'
import { compileEventMerge } from './fetch'
import { compileBodyWriter } from './fetchBody'
import { compileMutationGuard } from './mutationGuard'
import { compileVariants, type VariantOptions } from './operationVariants'
import { compilePlanSteps, usesContextArguments } from './planSteps'
import { buildResponseKeyTree, type ResponseKeyTree } from './responseKeyTree'
import { completeData } from './valueCompletion'

/** An operation with its plan, compiled for any number of executions. */
export interface CompiledOperation extends Pick<
  PlannedOperation,
  'checkVariables' | 'summarizePlan' | 'plan'
> {
  execute(input: ExecutionInput): Promise<ExecutionOutcome>
  /** Delivers the deferred fragments later; undefined for an operation without any. */
  deferred?: { plan: QueryPlan; execute(input: ExecutionInput): Promise<DeferredOutcome> } | undefined
  /** The request for the events of a subscription; undefined for other operations. */
  primary: { service: string; writeBody(variables: JsonObject): string } | undefined
  /**
   * Executes the rest of a subscription's plan on an event of the primary subgraph. Its errors are treated like those of a
   * fetch. Changes the data of the event.
   */
  executeEvent(event: TransportResponse, input: ExecutionInput): Promise<ExecutionOutcome>
}

interface CompileOperationOptions extends VariantOptions {
  /** How many executions take the standard path before the fast path is tried; 1 by default. */
  fastPathAfter?: number | undefined
}

/** Compiles a plan, and the completion of its results into the response. */
export function compileOperation(options: CompileOperationOptions): CompiledOperation {
  const { plan, document, operation, clientKeys, schema, supergraph, fastPathAfter = 1 } = options
  const { node } = plan
  const isSubscription = node?.kind === 'Subscription'
  const rootType = schema.getRootType(operation.operation)?.name ?? ''
  const variantFor = compileVariants(options)
  const policy = createFastPathPolicy(fastPathAfter)
  const mayExecute = compileMutationGuard(
    schema,
    rootType,
    ({ variables }) => variantFor(variables).selection,
  )
  const stepOptions = { operation, supergraph, sharesEntities: !usesContextArguments(node), mayExecute }
  const queryStep = compilePlanSteps(isSubscription ? undefined : node, stepOptions)
  const eventStep = compilePlanSteps(isSubscription ? node.rest : undefined, stepOptions)
  const mergeEvent = isSubscription ? compileEventMerge(node.primary, stepOptions) : () => undefined
  let responseKeys: ResponseKeyTree | undefined

  async function run(step: PlanStep, input: ExecutionInput): Promise<ExecutionOutcome> {
    responseKeys ??= buildResponseKeyTree(document, operation.selectionSet)
    const state = createExecutionState(input, responseKeys, clientKeys)
    const pending = step(state)
    if (pending) await pending
    return complete(state)
  }

  function complete(state: ExecutionState): ExecutionOutcome {
    const errorCollector = getErrorCollector(state)
    if (state.dataIsNull) return { data: null, errors: errorCollector.toErrors(null) }
    const { selection, introspect } = variantFor(state.variables)
    const introspection = introspect(state.variables)
    for (const fetch of state.skippedFetches) errorCollector.addSkippedFetch(fetch)
    const { missingEntities } = state
    const data = completeData(
      { schema, selection, rootType, errorCollector, introspection, missingEntities },
      state.data,
    )
    return { data, errors: errorCollector.toErrors(data) }
  }

  const executeOnStandardPath = (input: ExecutionInput) => run(queryStep, input)

  return {
    checkVariables: compileVariableCheck(schema, operation, collectConditionVariables(document, operation)),
    summarizePlan: () => summarizePlan(node),
    plan,
    execute(input) {
      const fastPath = policy.shouldTry() ? variantFor(input.variables).fastPath : undefined
      return fastPath ? fastPath(input, policy, executeOnStandardPath) : executeOnStandardPath(input)
    },
    primary: isSubscription
      ? { service: node.primary.serviceName, writeBody: compileBodyWriter(node.primary) }
      : undefined,
    executeEvent(event: TransportResponse, input) {
      const step: PlanStep = (state) => {
        mergeEvent(state, event)
        return eventStep(state)
      }
      return run(step, input)
    },
  }
}

/** Wraps an operation so that it is executed with renamed variables. */
export function withRenamedVariables(
  { checkVariables, summarizePlan, plan, execute, primary, executeEvent }: CompiledOperation,
  rename: (variables: JsonObject) => JsonObject,
): CompiledOperation {
  const renameInput = (input: ExecutionInput) => ({ ...input, variables: rename(input.variables) })
  return {
    checkVariables: (variables) => checkVariables(rename(variables)),
    summarizePlan,
    plan,
    execute: (input) => execute(renameInput(input)),
    primary: primary && {
      ...primary,
      writeBody: (variables) => primary.writeBody(rename(variables)),
    },
    executeEvent: (event, input) => executeEvent(event, renameInput(input)),
  }
}
