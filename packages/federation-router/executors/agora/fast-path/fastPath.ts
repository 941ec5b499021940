import type { GraphQLSchema } from 'graphql'

import type { PlanNode, QueryPlan } from '../../../planning/planner'
import type { ExecutionInput, ExecutionOutcome } from '../compiledOperation'
import { writeBodyHead } from '../fetch'
import type { FieldCollector } from '../../../supergraph/fieldCollector'
import { selectsOnlyTypename } from '../fetchCoverage'
import { composeParallel, composeSequence } from '../planSteps'
import type { SupergraphModel } from '../../../supergraph/supergraphModel'
import { compileVariablesWriter } from '../../../validation/variableValues'
import { EntitySlots } from './entities'
import { collectFetches, type FastPathFetch, type FastPathFetches } from './fastPathFetches'
import type { FastPathPolicy } from './fastPathPolicy'
import { compileRootReaders } from './rootReaders'
import {
  FastPathExecution,
  encodeAsLatin1,
  type ExecuteOnStandardPath,
  type FastPathStep,
} from './fastPathExecution'
import { UnsupportedPlan } from './unsupportedPlan'

/**
 * Executes on the direct path, and notes whether that has fitted.
 *
 * @param complete what does it otherwise; its `send` hands over what the subgraphs have answered already
 */
export type ExecuteOnFastPath = (
  input: ExecutionInput,
  patience: FastPathPolicy,
  complete: ExecuteOnStandardPath,
) => Promise<ExecutionOutcome>

export interface FastPathOptions {
  plan: QueryPlan
  schema: GraphQLSchema
  supergraph: SupergraphModel
  selection: FieldCollector
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
export function compileFastPath(options: FastPathOptions): ExecuteOnFastPath | undefined {
  const { plan, schema, supergraph, selection, rootType, flag } = options
  const { node } = plan
  if (!node || node.kind === 'Subscription') return undefined
  try {
    const fetches = collectFetches(node, supergraph, flag)
    const root = compileRootReaders({ schema, supergraph, fetches }, selection, rootType)
    const step = compileStep(node, fetches, rootType, flag)
    return (input, patience, complete) => new FastPathExecution(input, patience, complete, root).execute(step)
  } catch (error) {
    if (error instanceof UnsupportedPlan) return undefined
    throw error
  }
}

function compileStep(
  node: PlanNode | undefined,
  fetches: FastPathFetches,
  rootType: string,
  flag: (name: string) => boolean,
): FastPathStep {
  const compile = (each: PlanNode | undefined) => compileStep(each, fetches, rootType, flag)
  switch (node?.kind) {
    case 'Fetch':
      return compileFetch(fetches.findByNode(node), rootType)
    case 'Flatten':
      return compile(node.node)
    case 'Sequence':
      return composeSequence(node.nodes.map(compile))
    case 'Parallel':
      return composeParallel(node.nodes.map(compile))
    case 'Condition':
      return compile(flag(node.condition) ? node.ifClause : node.elseClause)
    case 'Defer':
    case undefined:
      return () => undefined
  }
}

function compileFetch({ index, node, types }: FastPathFetch, rootType: string): FastPathStep {
  const head = encodeAsLatin1(writeBodyHead(node))
  const writeVariables = compileVariablesWriter(node.variableUsages ?? [])
  if (!node.requires) {
    if (selectsOnlyTypename(node)) return () => undefined
    const type = types.get(rootType)
    if (!type) throw new UnsupportedPlan('a fetch of nothing that is shown')
    return (run) => {
      const entity = new EntitySlots(type)
      run.roots[index] = entity
      const body = `${head}${encodeAsLatin1(writeVariables(run.variables))}}}`
      return run.sendFetch(node.serviceName, body, undefined, (reading) => {
        reading.expect('{"data":')
        type.read(reading, entity)
      })
    }
  }
  return (run) => {
    const { representations, all } = run.entities.take(index)
    if (all.length === 0) return undefined
    const variables = encodeAsLatin1(writeVariables(run.variables))
    const comma = variables === '' ? '' : ','
    const body = `${head}${variables}${comma}"representations":[${representations.join()}]}}`
    return run.sendFetch(node.serviceName, body, all.length, (reading) => {
      reading.expect('{"data":{"_entities":[')
      for (const [at, entity] of all.entries()) {
        if (at > 0) reading.expect(',')
        entity.type.read(reading, entity)
      }
      reading.expect(']}')
    })
  }
}
