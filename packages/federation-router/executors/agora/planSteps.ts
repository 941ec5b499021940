import type { OperationDefinitionNode } from 'graphql'

import type { PlanNode, QueryPlan, ResponsePath } from '../../planning/planner'
import { compileFetch } from './fetch'
import type { PlanStep } from './executionState'
import type { MutationGuard } from './mutationGuard'
import type { SupergraphModel } from '../../supergraph/supergraphModel'
import { compileConditionReader } from '../../validation/variableValues'

export interface PlanStepOptions {
  operation: OperationDefinitionNode
  supergraph: SupergraphModel
  /** Whether one object may stand in all places of an entity: see `dependsOnPlaces`. */
  sharesEntities: boolean
  mayHappen: MutationGuard
}

const nothing: PlanStep = () => undefined

/** Compiles a part of a plan that works on the objects at `path`. */
export function compilePlanStep(
  node: PlanNode | undefined,
  options: PlanStepOptions,
  path: ResponsePath = [],
): PlanStep {
  const compile = (each: PlanNode | undefined) => compilePlanStep(each, options, path)
  switch (node?.kind) {
    case undefined:
      return nothing
    case 'Fetch':
      return compileFetch(node, path, options)
    case 'Flatten':
      return compilePlanStep(node.node, options, [...path, ...node.path])
    case 'Sequence':
      return composeSequence(node.nodes.map(compile))
    case 'Parallel':
      return composeParallel(node.nodes.map(compile))
    case 'Condition': {
      const isMet = compileConditionReader(options.operation, node.condition)
      const then = compile(node.ifClause)
      const otherwise = compile(node.elseClause)
      return (run) => (isMet(run.variables) ? then : otherwise)(run)
    }
    case 'Defer':
      // Answered whole: what is deferred comes after what it may depend on.
      return composeSequence([compile(node.primary.node), ...node.deferred.map((each) => compile(each.node))])
  }
}

/** A part of a plan, done for one run of it. Undefined when there was nothing to wait for. */
type Part<R> = (run: R) => Promise<void> | undefined

export function composeSequence<R>(steps: readonly Part<R>[]): Part<R> {
  const [only] = steps
  if (only && steps.length === 1) return only
  function runFrom(index: number, run: R): Promise<void> | undefined {
    for (let next = index; next < steps.length; next++) {
      const pending = steps[next]?.(run)
      if (pending) return pending.then(() => runFrom(next + 1, run))
    }
    return undefined
  }
  return (run) => runFrom(0, run)
}

export function composeParallel<R>(steps: readonly Part<R>[]): Part<R> {
  return (run) => {
    const pending = steps.flatMap((step) => step(run) ?? [])
    return pending.length > 1 ? Promise.all(pending).then(() => undefined) : pending[0]
  }
}

/** Whether some fetch of a plan takes arguments from what stands around its entities. */
export function usesContextArguments(node: QueryPlan['node']): boolean {
  switch (node?.kind) {
    case undefined:
      return false
    case 'Fetch':
      return (node.contextRewrites?.length ?? 0) > 0
    case 'Flatten':
      return usesContextArguments(node.node)
    case 'Sequence':
    case 'Parallel':
      return node.nodes.some(usesContextArguments)
    case 'Condition':
      return usesContextArguments(node.ifClause) || usesContextArguments(node.elseClause)
    case 'Defer':
      return (
        usesContextArguments(node.primary.node) ||
        node.deferred.some((each) => usesContextArguments(each.node))
      )
    case 'Subscription':
      return usesContextArguments(node.rest)
  }
}
