import { isObject, type JsonObject } from '../../../platform'
import type { FetchNode, ResponsePath } from '../../planning/apolloPlanner'
import type { SupergraphModel } from '../../supergraph/supergraphModel'
import {
  encodeAsLatin1,
  entitiesTail,
  type TransportRequest,
  type TransportResponse,
} from '../../transport/transportRequest'
import { compileContextArguments } from './contextArguments'
import type { ExecutionState, PlanStep } from './executionState'
import { compileBodyWriter, compileVariablesWriter, writeBodyHead } from './fetchBody'
import { createFetchCoverage, selectsOnlyTypename } from './fetchCoverage'
import {
  reportEntityErrors,
  reportFailedFetch,
  reportRootErrors,
  type EntityBatch,
  type LocatedFetch,
} from './fetchErrors'
import { mergeInto } from './merge'
import type { MutationGuard } from './mutationGuard'
import { compileRepresentationWriter, type WriteRepresentation } from './representations'
import { compileObjectCollector } from './resultPaths'
import { applyRewrites } from './rewrites'
import { doNothing } from './stepComposition'

interface FetchOptions {
  supergraph: SupergraphModel
  /** Whether one object may represent an entity at all of its paths: not if later fetches depend on the path. */
  sharesEntities: boolean
  mayExecute: MutationGuard
}

type Fetch = LocatedFetch & FetchOptions

/** Compiles a fetch: the request to the subgraph, and the merging of its response into the data. */
export function compileFetch(node: FetchNode, path: ResponsePath, options: FetchOptions): PlanStep {
  // The planner fetches the __typename of the root from some subgraph; the router knows it.
  if (path.length === 0 && !node.requires && selectsOnlyTypename(node)) return doNothing
  const fetch = { ...options, node, path, coverage: createFetchCoverage(node, path) }
  return node.requires ? compileEntityFetch(fetch) : compileRootFetch(fetch)
}

/** Compiles the merging of a response that was not fetched by a plan: an event of a subscription. */
export function compileEventMerge(
  node: FetchNode,
  options: FetchOptions,
): (state: ExecutionState, response: TransportResponse) => void {
  return compileRootMerge({ ...options, node, path: [], coverage: createFetchCoverage(node, []) })
}

const getRequestKind = ({ operationKind }: FetchNode): TransportRequest['kind'] =>
  operationKind === 'mutation' ? 'mutation' : 'query'

function compileRootFetch(fetch: Fetch): PlanStep {
  const { node, path, coverage, mayExecute } = fetch
  const writeBody = compileBodyWriter(node)
  const kind = getRequestKind(node)
  const collectObjects = compileObjectCollector(path)
  const mergeResponse = compileRootMerge(fetch)

  return (state) => {
    if (path.length > 0 && collectObjects(state.data).length === 0) return undefined
    if (kind === 'mutation' && !mayExecute(state, coverage)) return undefined
    return state.send(node.serviceName, { body: writeBody(state.variables), kind }, state.context).then(
      (response) => mergeResponse(state, response),
      (error: unknown) => reportFailedFetch(fetch, state, error),
    )
  }
}

function compileRootMerge(fetch: Fetch): (state: ExecutionState, response: TransportResponse) => void {
  const { node, path, supergraph } = fetch
  const collectObjects = compileObjectCollector(path)
  const rewrites = node.outputRewrites ?? []
  return (state, response) => {
    const { data, errors } = response
    if (errors) reportRootErrors(fetch, state, response)
    if (!isObject(data)) {
      if (!errors) reportFailedFetch(fetch, state)
      return
    }
    if (rewrites.length > 0) applyRewrites(rewrites, data, supergraph)
    if (path.length > 0) for (const object of collectObjects(state.data)) mergeInto(object, data)
    else if (isEmpty(state.data)) state.data = data
    else mergeInto(state.data, data)
  }
}

function isEmpty(object: JsonObject): boolean {
  for (const key in object) if (Object.hasOwn(object, key)) return false
  return true
}

function compileEntityFetch(fetch: Fetch): PlanStep {
  const { node, path, coverage, supergraph } = fetch
  const { contextRewrites = [], variableUsages = [] } = node
  const kind = getRequestKind(node)
  const head = writeBodyHead(node)
  const contextNames = new Set(contextRewrites.map(({ renameKeyTo }) => renameKeyTo))
  const writeVariables = compileVariablesWriter(variableUsages.filter((name) => !contextNames.has(name)))
  const writeRepresentation = compileRepresentationWriter(node, supergraph)
  const collectObjects = compileObjectCollector(path)
  const collectContextArguments = compileContextArguments(contextRewrites, path, supergraph)
  const mergeResponse = compileEntityMerge(fetch)

  function sendFor(
    state: ExecutionState,
    objects: readonly JsonObject[],
    contextVariables: string,
  ): Promise<void> | undefined {
    const { indexes, representations } = writeRepresentations(objects, writeRepresentation)
    if (indexes.includes(-1)) state.skippedFetches.push(coverage)
    const entityCount = representations.length
    if (entityCount === 0) return undefined
    const variables = [writeVariables(state.variables), contextVariables, '"representations":['].filter(
      (each) => each !== '',
    )
    const bodyHead = `${head}${variables.join()}`
    const body = `${bodyHead}${representations.join()}${entitiesTail}`
    const entities = {
      head: encodeAsLatin1(bodyHead),
      representations: representations.map(encodeAsLatin1),
    }
    const request = { body, kind, entityCount, entities }
    const batch = { objects, indexes, entityCount }
    return state.send(node.serviceName, request, state.context).then(
      (response) => mergeResponse(state, batch, response),
      (error: unknown) => reportFailedFetch(fetch, state, error),
    )
  }

  if (contextRewrites.length === 0) return (state) => sendFor(state, collectObjects(state.data), '')
  return (state) => {
    const pending = collectContextArguments(state.data).flatMap(
      ({ objects, variables }) => sendFor(state, objects, variables) ?? [],
    )
    return pending.length > 0 ? Promise.all(pending).then(() => undefined) : undefined
  }
}

function compileEntityMerge(fetch: Fetch) {
  const { node, supergraph, sharesEntities } = fetch
  const rewrites = node.outputRewrites ?? []
  return (state: ExecutionState, batch: EntityBatch, response: TransportResponse): void => {
    const { data, errors } = response
    if (errors) reportEntityErrors(fetch, state, batch, response)
    if (!data && errors) return
    const entities = data?.['_entities']
    if (!Array.isArray(entities) || entities.length !== batch.entityCount) {
      if (!errors || entities != null) reportFailedFetch(fetch, state)
      return
    }
    if (rewrites.length > 0) applyRewrites(rewrites, entities, supergraph)
    batch.objects.forEach((object, at) => {
      const entity: unknown = entities[batch.indexes[at] ?? -1]
      if (entity === null) state.missingEntities.add(object)
      if (!isObject(entity)) return
      keepTypename(object, entity, supergraph)
      mergeInto(object, sharesEntities ? entity : structuredClone(entity))
    })
  }
}

/**
 * Writes each representation once, in the order of the objects.
 *
 * @returns the representations, and for each object the index of its own; -1 for an object that has none
 */
function writeRepresentations(objects: readonly JsonObject[], write: WriteRepresentation) {
  const indexByText = new Map<string, number>()
  const indexes = objects.map((object) => {
    const text = write(object)
    if (text === undefined) return -1
    const index = indexByText.get(text) ?? indexByText.size
    indexByText.set(text, index)
    return index
  })
  return { indexes, representations: [...indexByText.keys()] }
}

/** Keeps a known object type: a subgraph with an interface object returns the name of the interface. */
function keepTypename(object: JsonObject, entity: JsonObject, supergraph: SupergraphModel): void {
  const known = object['__typename']
  const received = entity['__typename']
  if (received === undefined || received === known || typeof known !== 'string') return
  if (supergraph.isObjectType(known)) entity['__typename'] = known
}
