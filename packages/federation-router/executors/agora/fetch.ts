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
  type FetchLocation,
  type LocatedEntities,
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

interface RootFetch extends FetchOptions {
  node: FetchNode
  location: FetchLocation
}

interface EntityFetch extends FetchOptions {
  node: FetchNode
  locations: readonly FetchLocation[]
}

/**
 * Compiles a fetch: the request to the subgraph, and the merging of its response into the data.
 *
 * @param paths several for a merged fetch
 */
export function compileFetch(
  node: FetchNode,
  paths: readonly ResponsePath[],
  options: FetchOptions,
): PlanStep {
  if (!node.requires) return compileRootFetch(locateRootFetch(node, paths[0], options))
  return compileEntityFetch({ ...options, node, locations: paths.map((path) => locateFetch(node, path)) })
}

const locateFetch = (node: FetchNode, path: ResponsePath): FetchLocation => ({
  path,
  coverage: createFetchCoverage(node, path),
})

function locateRootFetch(node: FetchNode, path: ResponsePath | undefined, options: FetchOptions): RootFetch {
  return { ...options, node, location: locateFetch(node, path ?? []) }
}

/** Compiles the merging of a response that was not fetched by a plan: an event of a subscription. */
export function compileEventMerge(
  node: FetchNode,
  options: FetchOptions,
): (state: ExecutionState, response: TransportResponse) => void {
  return compileRootMerge(locateRootFetch(node, [], options))
}

const getRequestKind = ({ operationKind }: FetchNode): TransportRequest['kind'] =>
  operationKind === 'mutation' ? 'mutation' : 'query'

function compileRootFetch(fetch: RootFetch): PlanStep {
  const { node, location, mayExecute } = fetch
  const { path, coverage } = location
  // The planner fetches the __typename of the root from some subgraph; the router knows it.
  if (path.length === 0 && selectsOnlyTypename(node)) return doNothing
  const writeBody = compileBodyWriter(node)
  const kind = getRequestKind(node)
  const collectObjects = compileObjectCollector(path)
  const mergeResponse = compileRootMerge(fetch)

  return (state) => {
    if (path.length > 0 && collectObjects(state.data).length === 0) return undefined
    if (kind === 'mutation' && !mayExecute(state, coverage)) return undefined
    return state.send(node.serviceName, { body: writeBody(state.variables), kind }, state.context).then(
      (response) => mergeResponse(state, response),
      (error: unknown) => reportFailedFetch(node, [location], state, error),
    )
  }
}

function compileRootMerge(fetch: RootFetch): (state: ExecutionState, response: TransportResponse) => void {
  const { node, location, supergraph } = fetch
  const { path } = location
  const collectObjects = compileObjectCollector(path)
  const rewrites = node.outputRewrites ?? []
  return (state, response) => {
    const { data, errors } = response
    if (errors) reportRootErrors(node, location, state, response)
    if (!isObject(data)) {
      if (!errors) reportFailedFetch(node, [location], state)
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

function compileEntityFetch(fetch: EntityFetch): PlanStep {
  const { node, locations, supergraph } = fetch
  const { contextRewrites = [], variableUsages = [] } = node
  const kind = getRequestKind(node)
  const head = writeBodyHead(node)
  const contextNames = new Set(contextRewrites.map(({ renameKeyTo }) => renameKeyTo))
  const writeVariables = compileVariablesWriter(variableUsages.filter((name) => !contextNames.has(name)))
  const writeRepresentation = compileRepresentationWriter(node, supergraph)
  const collectors = locations.map((location) => ({
    location,
    collect: compileObjectCollector(location.path),
  }))
  const mergeResponse = compileEntityMerge(fetch)

  function sendFor(
    state: ExecutionState,
    objects: readonly LocatedObjects[],
    contextVariables: string,
  ): Promise<void> | undefined {
    const { entities, representations } = writeRepresentations(objects, writeRepresentation)
    for (const { indexes, coverage } of entities)
      if (indexes.includes(-1)) state.skippedFetches.push(coverage)
    const entityCount = representations.length
    if (entityCount === 0) return undefined
    const variables = [writeVariables(state.variables), contextVariables, '"representations":['].filter(
      (each) => each !== '',
    )
    const bodyHead = `${head}${variables.join()}`
    const request = {
      body: `${bodyHead}${representations.join()}${entitiesTail}`,
      kind,
      entityCount,
      entities: { head: encodeAsLatin1(bodyHead), representations: representations.map(encodeAsLatin1) },
    }
    const sent = entities.filter(({ indexes }) => indexes.some((index) => index !== -1))
    return state.send(node.serviceName, request, state.context).then(
      (response) => mergeResponse(state, sent, entityCount, response),
      (error: unknown) => reportFailedFetch(node, sent, state, error),
    )
  }

  const [location] = locations
  if (contextRewrites.length === 0 || !location)
    return (state) =>
      sendFor(
        state,
        collectors.map((each) => ({ ...each.location, objects: each.collect(state.data) })),
        '',
      )
  // A fetch with context arguments is not merged.
  const collectContextArguments = compileContextArguments(contextRewrites, location.path, supergraph)
  return (state) => {
    const pending = collectContextArguments(state.data).flatMap(
      ({ objects, variables }) => sendFor(state, [{ ...location, objects }], variables) ?? [],
    )
    return pending.length > 0 ? Promise.all(pending).then(() => undefined) : undefined
  }
}

function compileEntityMerge({ node, supergraph, sharesEntities }: EntityFetch) {
  const rewrites = node.outputRewrites ?? []
  return (
    state: ExecutionState,
    located: readonly LocatedEntities[],
    entityCount: number,
    response: TransportResponse,
  ): void => {
    const { data, errors } = response
    if (errors) reportEntityErrors(node, located, state, response)
    if (!data && errors) return
    const received = data?.['_entities']
    if (!Array.isArray(received) || received.length !== entityCount) {
      if (!errors || received != null) reportFailedFetch(node, located, state)
      return
    }
    if (rewrites.length > 0) applyRewrites(rewrites, received, supergraph)
    for (const [at, { objects, indexes }] of located.entries()) {
      // Later fetches may extend the objects of a path in another way than those of the others.
      const entities: readonly unknown[] = at < located.length - 1 ? structuredClone(received) : received
      objects.forEach((object, index) => {
        const entity: unknown = entities[indexes[index] ?? -1]
        if (entity === null) state.missingEntities.add(object)
        if (!isObject(entity)) return
        keepTypename(object, entity, supergraph)
        mergeInto(object, sharesEntities ? entity : structuredClone(entity))
      })
    }
  }
}

/** The objects of a fetch at one of its response paths. */
type LocatedObjects = Omit<LocatedEntities, 'indexes'>

/** Writes each representation once, in the order of the objects. */
function writeRepresentations(
  located: readonly LocatedObjects[],
  write: WriteRepresentation,
): { entities: readonly LocatedEntities[]; representations: string[] } {
  const indexByText = new Map<string, number>()
  const findIndex = (object: JsonObject) => {
    const text = write(object)
    if (text === undefined) return -1
    const index = indexByText.get(text) ?? indexByText.size
    indexByText.set(text, index)
    return index
  }
  const entities = located.map((each) => ({ ...each, indexes: each.objects.map(findIndex) }))
  return { entities, representations: [...indexByText.keys()] }
}

/** Keeps a known object type: a subgraph with an interface object returns the name of the interface. */
function keepTypename(object: JsonObject, entity: JsonObject, supergraph: SupergraphModel): void {
  const known = object['__typename']
  const received = entity['__typename']
  if (received === undefined || received === known || typeof known !== 'string') return
  if (supergraph.isObjectType(known)) entity['__typename'] = known
}
