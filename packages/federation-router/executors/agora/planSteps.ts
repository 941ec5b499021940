import type { OperationDefinitionNode } from 'graphql'

import type { FetchNode, PlanNode, QueryPlan, ResponsePath } from '../../planning/apolloPlanner'
import { listFetches, foldPlan } from '../../planning/planVisitor'
import type { SupergraphModel } from '../../supergraph/supergraphModel'
import { compileConditionReader } from '../variables/conditionVariables'
import type { ExecutionState, PlanStep } from './executionState'
import { compileFetch } from './fetch'
import { compileFetchCondition } from './fetchConditions'
import type { MutationGuard } from './mutationGuard'
import { composeParallel, composeSequence, composeShared, doNothing } from './stepComposition'

interface PlanStepOptions {
  operation: OperationDefinitionNode
  supergraph: SupergraphModel
  /** Whether one object may represent an entity at all of its paths (see `usesContextArguments`). */
  sharesEntities: boolean
  mayExecute: MutationGuard
  /** Called at the end of each fetch on which a deferred fragment may depend. */
  onFetched?: ((state: ExecutionState, id: string) => void) | undefined
}

/** Compiles a plan, or a part of it, into its execution. */
export function compilePlanSteps(node: PlanNode | undefined, options: PlanStepOptions): PlanStep {
  const { operation, supergraph, onFetched } = options
  const sharedSteps = new Map<FetchNode, PlanStep>()

  function compileNeededFetch(fetch: FetchNode, paths: readonly ResponsePath[]): PlanStep {
    const step = compileFetch(fetch, paths, options)
    const isNeeded = compileFetchCondition(fetch, supergraph)
    if (!isNeeded) return step
    return (state) => {
      const readCondition = (name: string) => compileConditionReader(operation, name)(state.variables)
      return isNeeded(readCondition) ? step(state) : undefined
    }
  }

  return foldPlan<PlanStep>(node, {
    empty: doNothing,
    fetch(node, paths, branchCount) {
      const shared = sharedSteps.get(node)
      if (shared) return shared
      const step = compileNeededFetch(node, paths)
      if (branchCount > 1) sharedSteps.set(node, composeShared(step, branchCount))
      if (node.id !== undefined && onFetched) return reportEnd(step, node.id, onFetched)
      return sharedSteps.get(node) ?? step
    },
    sequence: composeSequence,
    parallel: composeParallel,
    condition(variable, ifClause, elseClause) {
      const isMet = compileConditionReader(operation, variable)
      const [ifMet, ifNotMet] = [ifClause(), elseClause()]
      return (state) => (isMet(state.variables) ? ifMet : ifNotMet)(state)
    },
  })
}

function reportEnd(
  step: PlanStep,
  id: string,
  onFetched: NonNullable<PlanStepOptions['onFetched']>,
): PlanStep {
  return (state) => {
    const pending = step(state)
    if (pending) return pending.then(() => onFetched(state, id))
    return void onFetched(state, id)
  }
}

/** Returns whether some fetch takes arguments from the objects that enclose its entities (@fromContext). */
export function usesContextArguments(node: QueryPlan['node']): boolean {
  return listFetches(node).some((fetch) => (fetch.node.contextRewrites?.length ?? 0) > 0)
}
