import type { GraphQLSchema } from 'graphql'

import type { ReadCondition } from '../../../planning/conditions'
import type { FieldCollector } from '../../../planning/fieldCollector'
import type { FetchNode, QueryPlan } from '../../../planning/apolloPlanner'
import { foldPlan } from '../../../planning/planVisitor'
import type { SupergraphModel } from '../../../supergraph/supergraphModel'
import { encodeAsLatin1 } from '../../../transport/transportRequest'
import type { ExecutionInput, ExecutionOutcome } from '../../executor'
import { compileVariablesWriter, writeBodyHead } from '../fetchBody'
import { selectsOnlyTypename } from '../fetchCoverage'
import { composeParallel, composeSequence, composeShared, doNothing } from '../stepComposition'
import { EntitySlots, type EqualEntities, type ResponseReader } from './responseReader'
import { UnsupportedPlan } from './fallback'
import { FastPathExecution, type ExecuteOnStandardPath, type FastPathStep } from './fastPathExecution'
import { collectFetches, toReaderKey, type FastPathFetch } from './fastPathFetches'
import type { FastPathPolicy } from './fastPathPolicy'
import { compileRootReaders } from './rootReaders'

/**
 * Executes an operation on the fast path, and reports to the policy whether the responses had the expected shape.
 *
 * @param executeOnStandardPath the fallback; its `send` returns the responses that were already received
 */
export type ExecuteOnFastPath = (
  input: ExecutionInput,
  policy: FastPathPolicy,
  executeOnStandardPath: ExecuteOnStandardPath,
) => Promise<ExecutionOutcome>

interface FastPathOptions {
  plan: QueryPlan
  schema: GraphQLSchema
  supergraph: SupergraphModel
  selection: FieldCollector
  rootType: string
  readCondition: ReadCondition
}

/**
 * Compiles the fast path of a query. Each response is read once, as text, by readers that know its shape, and the response to
 * the client consists of spans of that text: no response is parsed into objects. Subgraphs receive the same requests as from
 * the standard executor (see docs/decisions/0013-fast-path.md).
 *
 * @returns undefined for a plan that needs the standard executor: mutations, @defer, subscriptions, fields that several fetches
 *   provide, representations that do not consist of leaves, and rewrites
 */
export function compileFastPath(options: FastPathOptions): ExecuteOnFastPath | undefined {
  const { plan, schema, supergraph, selection, rootType, readCondition } = options
  if (!plan.node || plan.node.kind === 'Subscription') return undefined
  try {
    const fetches = collectFetches(plan.node, supergraph, readCondition)
    const rootParts = compileRootReaders({ schema, supergraph, fetches }, selection, rootType)
    const sharedSteps = new Map<FetchNode, FastPathStep>()
    const step = foldPlan<FastPathStep>(plan.node, {
      empty: doNothing,
      fetch(node, _, branchCount) {
        const shared = sharedSteps.get(node)
        if (shared) return shared
        const own = compileFetch(fetches.findByNode(node), rootType)
        if (branchCount > 1) sharedSteps.set(node, composeShared(own, branchCount))
        return sharedSteps.get(node) ?? own
      },
      sequence: composeSequence,
      parallel: composeParallel,
      condition: (variable, ifClause, elseClause) => (readCondition(variable) ? ifClause() : elseClause()),
    })
    return (input, policy, executeOnStandardPath) =>
      new FastPathExecution(input, policy, executeOnStandardPath, rootParts).execute(step)
  } catch (error) {
    if (error instanceof UnsupportedPlan) return undefined
    throw error
  }
}

function compileFetch(fetch: FastPathFetch | undefined, rootType: string): FastPathStep {
  if (!fetch) return doNothing
  return fetch.node.requires ? compileEntityFetch(fetch) : compileRootFetch(fetch, rootType)
}

function compileRootFetch({ index, node, readers }: FastPathFetch, rootType: string): FastPathStep {
  if (selectsOnlyTypename(node)) return doNothing
  const head = encodeAsLatin1(writeBodyHead(node))
  const writeVariables = compileVariablesWriter(node.variableUsages ?? [])
  const type = readers.get(toReaderKey('', rootType))
  if (!type) throw new UnsupportedPlan('a fetch without fields of the response')
  return (execution) => {
    const root = new EntitySlots(type)
    execution.roots[index] = root
    const body = `${head}${encodeAsLatin1(writeVariables(execution.variables))}}}`
    return execution.sendFetch(node.serviceName, body, (reader) => {
      reader.expect('{"data":')
      type.read(reader, root)
    })
  }
}

function compileEntityFetch({ node, firstBatch, pathKeys }: FastPathFetch): FastPathStep {
  const head = encodeAsLatin1(writeBodyHead(node))
  const writeVariables = compileVariablesWriter(node.variableUsages ?? [])
  return (execution) => {
    const { entities, representations } = execution.takeEntities(firstBatch, pathKeys.length)
    if (entities.length === 0) return undefined
    const variables = encodeAsLatin1(writeVariables(execution.variables))
    const comma = variables === '' ? '' : ','
    const request = { head: `${head}${variables}${comma}"representations":[`, representations }
    return execution.sendEntityFetch(node.serviceName, request, (reader) => {
      reader.expect('{"data":{"_entities":[')
      for (const [at, entity] of entities.entries()) {
        if (at > 0) reader.expect(',')
        if (entity instanceof EntitySlots) entity.type.read(reader, entity)
        else readEqualEntities(reader, entity)
      }
      reader.expect(']}')
    })
  }
}

/** Reads an entity of a response into its slots at all paths. */
function readEqualEntities(reader: ResponseReader, [first, ...others]: EqualEntities): void {
  const { position, windowStart } = reader
  first.type.read(reader, first)
  for (const entity of others) {
    if (entity.type === first.type) entity.copy(first)
    else {
      // The client selects other fields at that path, or another order.
      reader.rewind(position, windowStart)
      entity.type.read(reader, entity)
    }
  }
}
