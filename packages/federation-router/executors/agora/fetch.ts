import type { FetchNode, ResponsePath } from '../../planning/planner'
import type { TransportResponse, TransportRequest } from '../../transport/transport'
import { compileContextArguments } from './contextArguments'
import {
  reportFailedFetch,
  reportEntityErrors,
  reportRootErrors,
  type EntityBatch,
  type LocatedFetch,
} from './fetchErrors'
import { isObject, type JsonObject } from '../../../platform/json'
import { mergeInto } from './merge'
import { compileObjectCollector } from './resultPaths'
import { compileRepresentationWriter, type WriteRepresentation } from './representations'
import { applyRewrites } from './rewrites'
import type { ExecutionState, PlanStep } from './executionState'
import type { MutationGuard } from './mutationGuard'
import { selectsOnlyTypename, createFetchCoverage } from './fetchCoverage'
import type { SupergraphModel } from '../../supergraph/supergraphModel'
import { compileVariablesWriter } from '../../validation/variableValues'

/** A fetch of the plan, and where it stands. */
interface Fetch extends LocatedFetch {
  supergraph: SupergraphModel
  /** Whether one object may stand in all places of an entity: not where later fetches depend on the place. */
  sharesEntities: boolean
  mayHappen: MutationGuard
}

/** Compiles one request to a subgraph: its body, and what becomes of its answer. */
export function compileFetch(
  node: FetchNode,
  path: ResponsePath,
  { supergraph, sharesEntities, mayHappen }: Pick<Fetch, 'supergraph' | 'sharesEntities' | 'mayHappen'>,
): PlanStep {
  const fetch = { node, path, source: createFetchCoverage(node, path), supergraph, sharesEntities, mayHappen }
  // The planner asks some subgraph for the name of the root type, which needs none.
  if (path.length === 0 && selectsOnlyTypename(node)) return () => undefined
  return node.requires ? compileEntityFetch(fetch) : compileRootFetch(fetch)
}

const kindOf = ({ operationKind }: FetchNode): TransportRequest['kind'] =>
  operationKind === 'mutation' ? 'mutation' : 'query'

/** The constant part of a request's body, up to the first variable. */
export function writeBodyHead({ operation, operationName }: FetchNode): string {
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`
  return `{"query":${JSON.stringify(operation)}${name},"variables":{`
}

/** The body of a request without representations. */
export function compileBodyWriter(node: FetchNode): (variables: JsonObject) => string {
  const head = writeBodyHead(node)
  const writeVariables = compileVariablesWriter(node.variableUsages ?? [])
  return (variables) => `${head}${writeVariables(variables)}}}`
}

/** Compiles what becomes of answers to a fetch of the root that somebody else has sent: events of a subscription. */
export function compileEventMerge(
  node: FetchNode,
  options: Pick<Fetch, 'supergraph' | 'sharesEntities' | 'mayHappen'>,
): (run: ExecutionState, answer: TransportResponse) => void {
  return compileRootReceipt({ ...options, node, path: [], source: createFetchCoverage(node, []) })
}

function compileRootReceipt(fetch: Fetch): (run: ExecutionState, answer: TransportResponse) => void {
  const { node, path, supergraph } = fetch
  const collect = compileObjectCollector(path)
  const rewrites = node.outputRewrites ?? []
  return (run, { data, errors }) => {
    if (errors) reportRootErrors(fetch, run, errors)
    if (!isObject(data)) {
      if (!errors) reportFailedFetch(fetch, run)
      return
    }
    if (rewrites.length > 0) applyRewrites(rewrites, data, supergraph)
    if (path.length > 0) {
      const targets: JsonObject[] = []
      collect(run.data, targets)
      for (const target of targets) mergeInto(target, data)
    } else if (isEmpty(run.data)) run.data = data
    else mergeInto(run.data, data)
  }
}

function compileRootFetch(fetch: Fetch): PlanStep {
  const { node, path, source, mayHappen } = fetch
  const writeBody = compileBodyWriter(node)
  const kind = kindOf(node)
  const collect = compileObjectCollector(path)
  const receive = compileRootReceipt(fetch)

  return (run) => {
    if (path.length > 0) {
      const targets: JsonObject[] = []
      collect(run.data, targets)
      if (targets.length === 0) return undefined
    }
    if (kind === 'mutation' && !mayHappen(run, source)) return undefined
    return run.send(node.serviceName, { body: writeBody(run.variables), kind }, run.context).then(
      (answer) => receive(run, answer),
      (error: unknown) => reportFailedFetch(fetch, run, error),
    )
  }
}

function isEmpty(object: JsonObject): boolean {
  for (const key in object) if (Object.hasOwn(object, key)) return false
  return true
}

function compileEntityFetch(fetch: Fetch): PlanStep {
  const { node, path, source, supergraph, sharesEntities } = fetch
  const head = writeBodyHead(node)
  const { contextRewrites = [] } = node
  const contextual = new Set(contextRewrites.map(({ renameKeyTo }) => renameKeyTo))
  const writeVariables = compileVariablesWriter(
    (node.variableUsages ?? []).filter((name) => !contextual.has(name)),
  )
  const surroundings = compileContextArguments(contextRewrites, path, supergraph)
  const kind = kindOf(node)
  const collect = compileObjectCollector(path)
  const represent = compileRepresentationWriter(node, supergraph)
  const rewrites = node.outputRewrites ?? []

  function receive(run: ExecutionState, entities: EntityBatch, { data, errors }: TransportResponse): void {
    if (errors) reportEntityErrors(fetch, run, entities, errors)
    if (!data && errors) return
    const received = data?.['_entities']
    if (!Array.isArray(received) || received.length !== entities.count) {
      if (!errors || received != null) reportFailedFetch(fetch, run)
      return
    }
    if (rewrites.length > 0) applyRewrites(rewrites, received, supergraph)
    const { targets, slots } = entities
    for (let index = 0; index < targets.length; index++) {
      const target = targets[index]
      const entity: unknown = received[slots[index] ?? -1]
      if (!target) continue
      if (!isObject(entity)) {
        if (entity === null) (run.missingEntities ??= new Set()).add(target)
        continue
      }
      keepTypename(target, entity, supergraph)
      mergeInto(target, sharesEntities ? entity : structuredClone(entity))
    }
  }

  function sendFor(
    run: ExecutionState,
    targets: readonly JsonObject[],
    own: string,
  ): Promise<void> | undefined {
    const { slots, count, list } = writeRepresentations(targets, represent)
    if (slots.includes(-1)) (run.skippedFetches ??= []).push(source)
    if (count === 0) return undefined
    const given = writeVariables(run.variables)
    const variables = [given, own].filter((each) => each !== '').join()
    const body = `${head}${variables === '' ? '' : `${variables},`}"representations":[${list}]}}`
    const entities = { targets, slots, count }
    return run.send(node.serviceName, { body, kind, entityCount: count }, run.context).then(
      (answer) => receive(run, entities, answer),
      (error: unknown) => reportFailedFetch(fetch, run, error),
    )
  }

  if (contextRewrites.length > 0) {
    return (run) => {
      const pending = surroundings(run.data).flatMap(
        ({ targets, variables }) => sendFor(run, targets, variables) ?? [],
      )
      return pending.length > 0 ? Promise.all(pending).then(() => undefined) : undefined
    }
  }
  return (run) => {
    const targets: JsonObject[] = []
    collect(run.data, targets)
    return sendFor(run, targets, '')
  }
}

/** Writes each representation once, in the order in which they are first seen. */
function writeRepresentations(targets: readonly JsonObject[], represent: WriteRepresentation) {
  const known = new Map<string, number>()
  const slots = targets.map((target) => {
    const text = represent(target)
    if (text === undefined) return -1
    const slot = known.get(text) ?? known.size
    known.set(text, slot)
    return slot
  })
  return { slots, count: known.size, list: [...known.keys()].join() }
}

/** A subgraph that knows an interface alone says its name; what is known of the object's own type is more. */
function keepTypename(target: JsonObject, entity: JsonObject, supergraph: SupergraphModel): void {
  const known = target['__typename']
  const given = entity['__typename']
  if (given === undefined || given === known || typeof known !== 'string') return
  if (supergraph.isObjectType(known)) entity['__typename'] = known
}
