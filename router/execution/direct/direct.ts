import type { GraphQLSchema } from 'graphql'

import type { PlanNode, QueryPlan } from '../../planning/planner'
import type { ExecutionInput, ExecutionOutcome } from '../compile'
import { headOf } from '../fetch'
import type { Selection } from '../selection'
import { asksForTypenameAlone } from '../source'
import { inParallel, inSequence } from '../steps'
import type { Supergraph } from '../supergraph'
import { compileVariables } from '../variables'
import { Entity } from './entities'
import { collectFetches, type DirectFetch, type Fetches } from './fetches'
import type { Patience } from './patience'
import { compileRoot } from './places'
import { DirectRun, toBytes, type Complete, type DirectStep } from './run'
import { Unsupported } from './unsupported'

/**
 * Executes on the direct path, and notes whether that has fitted.
 *
 * @param complete what does it otherwise; its `send` hands over what the subgraphs have answered already
 */
export type Direct = (
  input: ExecutionInput,
  patience: Patience,
  complete: Complete,
) => Promise<ExecutionOutcome>

export interface DirectOptions {
  plan: QueryPlan
  schema: GraphQLSchema
  supergraph: Supergraph
  selection: Selection
  rootType: string
  flag(name: string): boolean
}

/**
 * The direct path of a query: each answer is read once, as text, by whoever knows what it must look like, and what is
 * shown of it are spans of that text. No object is made of a subgraph's answer. The subgraphs see the same requests as
 * on the complete path.
 *
 * @returns undefined for a plan that is left to the complete path: mutations, @defer, subscriptions, fields that several
 *   fetches give, representations that are not made of leaves of one answer, and what the router's plans rename
 */
export function compileDirect(options: DirectOptions): Direct | undefined {
  const { plan, schema, supergraph, selection, rootType, flag } = options
  const { node } = plan
  if (!node || node.kind === 'Subscription') return undefined
  try {
    const fetches = collectFetches(node, supergraph, flag)
    const root = compileRoot({ schema, supergraph, fetches }, selection, rootType)
    const step = compileStep(node, fetches, rootType, flag)
    return (input, patience, complete) => new DirectRun(input, patience, complete, root).execute(step)
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

function compileStep(
  node: PlanNode | undefined,
  fetches: Fetches,
  rootType: string,
  flag: (name: string) => boolean,
): DirectStep {
  const compile = (each: PlanNode | undefined) => compileStep(each, fetches, rootType, flag)
  switch (node?.kind) {
    case 'Fetch':
      return compileFetch(fetches.of(node), rootType)
    case 'Flatten':
      return compile(node.node)
    case 'Sequence':
      return inSequence(node.nodes.map(compile))
    case 'Parallel':
      return inParallel(node.nodes.map(compile))
    case 'Condition':
      return compile(flag(node.condition) ? node.ifClause : node.elseClause)
    case 'Defer':
    case undefined:
      return () => undefined
  }
}

function compileFetch({ index, node, types }: DirectFetch, rootType: string): DirectStep {
  const head = toBytes(headOf(node))
  const writeVariables = compileVariables(node.variableUsages ?? [])
  if (!node.requires) {
    if (asksForTypenameAlone(node)) return () => undefined
    const type = types.get(rootType)
    if (!type) throw new Unsupported('a fetch of nothing that is shown')
    return (run) => {
      const entity = new Entity(type)
      run.roots[index] = entity
      const body = `${head}${toBytes(writeVariables(run.variables))}}}`
      return run.ask(node.serviceName, body, undefined, (reading) => {
        reading.expect('{"data":')
        type.read(reading, entity)
      })
    }
  }
  return (run) => {
    const { representations, all } = run.entities.take(index)
    if (all.length === 0) return undefined
    const variables = toBytes(writeVariables(run.variables))
    const comma = variables === '' ? '' : ','
    const body = `${head}${variables}${comma}"representations":[${representations.join()}]}}`
    return run.ask(node.serviceName, body, all.length, (reading) => {
      reading.expect('{"data":{"_entities":[')
      for (const [at, entity] of all.entries()) {
        if (at > 0) reading.expect(',')
        entity.type.read(reading, entity)
      }
      reading.expect(']}')
    })
  }
}
