import type { OperationDefinitionNode } from 'graphql'

import type { PlanNode, QueryPlan, ResponsePath } from '../planning/planner'
import { compileFetch } from './fetch'
import type { Step } from './run'
import type { MayHappen } from './serial'
import type { Supergraph } from './supergraph'
import { compileFlag } from './variables'

export interface StepOptions {
  operation: OperationDefinitionNode
  supergraph: Supergraph
  /** Whether one object may stand in all places of an entity: see `dependsOnPlaces`. */
  sharesEntities: boolean
  mayHappen: MayHappen
}

const nothing: Step = () => undefined

/** Compiles a part of a plan that works on the objects at `path`. */
export function compileStep(node: PlanNode | undefined, options: StepOptions, path: ResponsePath = []): Step {
  const compile = (each: PlanNode | undefined) => compileStep(each, options, path)
  switch (node?.kind) {
    case undefined:
      return nothing
    case 'Fetch':
      return compileFetch(node, path, options)
    case 'Flatten':
      return compileStep(node.node, options, [...path, ...node.path])
    case 'Sequence':
      return inSequence(node.nodes.map(compile))
    case 'Parallel':
      return inParallel(node.nodes.map(compile))
    case 'Condition': {
      const isMet = compileFlag(options.operation, node.condition)
      const then = compile(node.ifClause)
      const otherwise = compile(node.elseClause)
      return (run) => (isMet(run.variables) ? then : otherwise)(run)
    }
    case 'Defer':
      // Answered whole: what is deferred comes after what it may depend on.
      return inSequence([compile(node.primary.node), ...node.deferred.map((each) => compile(each.node))])
  }
}

/** A part of a plan, done for one run of it. Undefined when there was nothing to wait for. */
type Part<R> = (run: R) => Promise<void> | undefined

export function inSequence<R>(steps: readonly Part<R>[]): Part<R> {
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

export function inParallel<R>(steps: readonly Part<R>[]): Part<R> {
  return (run) => {
    const pending = steps.flatMap((step) => step(run) ?? [])
    return pending.length > 1 ? Promise.all(pending).then(() => undefined) : pending[0]
  }
}

/** Whether some fetch of a plan takes arguments from what stands around its entities. */
export function dependsOnPlaces(node: QueryPlan['node']): boolean {
  switch (node?.kind) {
    case undefined:
      return false
    case 'Fetch':
      return (node.contextRewrites?.length ?? 0) > 0
    case 'Flatten':
      return dependsOnPlaces(node.node)
    case 'Sequence':
    case 'Parallel':
      return node.nodes.some(dependsOnPlaces)
    case 'Condition':
      return dependsOnPlaces(node.ifClause) || dependsOnPlaces(node.elseClause)
    case 'Defer':
      return dependsOnPlaces(node.primary.node) || node.deferred.some((each) => dependsOnPlaces(each.node))
    case 'Subscription':
      return dependsOnPlaces(node.rest)
  }
}
