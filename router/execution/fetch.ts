import { GraphQLError, type GraphQLFormattedError } from 'graphql'

import type { FetchNode, ResponsePath } from '../planning/planner'
import { subgraphFailure } from '../subgraphErrors'
import type { SubgraphAnswer, TransportRequest } from '../transport/transport'
import { compileSurroundings } from './contextual'
import { isObject, type JsonObject } from './json'
import { mergeInto } from './merge'
import { compilePath, locate, type Path } from './paths'
import type { Source } from './problems'
import { compileRepresentations, type Representation } from './representations'
import { applyRewrites } from './rewrites'
import { problemsOf, type Run, type Step } from './run'
import type { MayHappen } from './serial'
import { asksForTypenameAlone, clientPath, createSource } from './source'
import type { Supergraph } from './supergraph'
import { compileVariables } from './variables'

/** A fetch of the plan, and where it stands. */
interface Fetch {
  node: FetchNode
  path: ResponsePath
  source: Source
  supergraph: Supergraph
  /** Whether one object may stand in all places of an entity: not where later fetches depend on the place. */
  sharesEntities: boolean
  mayHappen: MayHappen
}

/** Compiles one request to a subgraph: its body, and what becomes of its answer. */
export function compileFetch(
  node: FetchNode,
  path: ResponsePath,
  { supergraph, sharesEntities, mayHappen }: Pick<Fetch, 'supergraph' | 'sharesEntities' | 'mayHappen'>,
): Step {
  const fetch = { node, path, source: createSource(node, path), supergraph, sharesEntities, mayHappen }
  // The planner asks some subgraph for the name of the root type, which needs none.
  if (path.length === 0 && asksForTypenameAlone(node)) return () => undefined
  return node.requires ? compileEntityFetch(fetch) : compileRootFetch(fetch)
}

const kindOf = ({ operationKind }: FetchNode): TransportRequest['kind'] =>
  operationKind === 'mutation' ? 'mutation' : 'query'

/** The constant part of a request's body, up to the first variable. */
export function headOf({ operation, operationName }: FetchNode): string {
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`
  return `{"query":${JSON.stringify(operation)}${name},"variables":{`
}

/** The body of a request without representations. */
export function compileBody(node: FetchNode): (variables: JsonObject) => string {
  const head = headOf(node)
  const writeVariables = compileVariables(node.variableUsages ?? [])
  return (variables) => `${head}${writeVariables(variables)}}}`
}

/** Compiles what becomes of answers to a fetch of the root that somebody else has sent: events of a subscription. */
export function compileReceipt(
  node: FetchNode,
  options: Pick<Fetch, 'supergraph' | 'sharesEntities' | 'mayHappen'>,
): (run: Run, answer: SubgraphAnswer) => void {
  return compileRootReceipt({ ...options, node, path: [], source: createSource(node, []) })
}

function compileRootReceipt(fetch: Fetch): (run: Run, answer: SubgraphAnswer) => void {
  const { node, path, supergraph } = fetch
  const collect = compilePath(path)
  const rewrites = node.outputRewrites ?? []
  return (run, { data, errors }) => {
    if (errors) reportRootErrors(fetch, run, errors)
    if (!isObject(data)) {
      if (!errors) fail(fetch, run)
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

function compileRootFetch(fetch: Fetch): Step {
  const { node, path, source, mayHappen } = fetch
  const writeBody = compileBody(node)
  const kind = kindOf(node)
  const collect = compilePath(path)
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
      (error: unknown) => fail(fetch, run, error),
    )
  }
}

function isEmpty(object: JsonObject): boolean {
  for (const key in object) if (Object.hasOwn(object, key)) return false
  return true
}

/** The entities of one fetch. Those that look the same to the subgraph share a representation. */
interface Entities {
  targets: readonly JsonObject[]
  /** The index of each target's representation; -1 for one that has none. */
  slots: readonly number[]
  count: number
}

function compileEntityFetch(fetch: Fetch): Step {
  const { node, path, source, supergraph, sharesEntities } = fetch
  const head = headOf(node)
  const { contextRewrites = [] } = node
  const contextual = new Set(contextRewrites.map(({ renameKeyTo }) => renameKeyTo))
  const writeVariables = compileVariables((node.variableUsages ?? []).filter((name) => !contextual.has(name)))
  const surroundings = compileSurroundings(contextRewrites, path, supergraph)
  const kind = kindOf(node)
  const collect = compilePath(path)
  const representationOf = compileRepresentations(node, supergraph)
  const rewrites = node.outputRewrites ?? []

  function receive(run: Run, entities: Entities, { data, errors }: SubgraphAnswer): void {
    if (errors) reportEntityErrors(fetch, run, entities, errors)
    if (!data && errors) return
    const received = data?.['_entities']
    if (!Array.isArray(received) || received.length !== entities.count) {
      if (!errors || received != null) fail(fetch, run)
      return
    }
    if (rewrites.length > 0) applyRewrites(rewrites, received, supergraph)
    const { targets, slots } = entities
    for (let index = 0; index < targets.length; index++) {
      const target = targets[index]
      const entity: unknown = received[slots[index] ?? -1]
      if (!target) continue
      if (!isObject(entity)) {
        if (entity === null) (run.gone ??= new Set()).add(target)
        continue
      }
      keepTypename(target, entity, supergraph)
      mergeInto(target, sharesEntities ? entity : structuredClone(entity))
    }
  }

  function sendFor(run: Run, targets: readonly JsonObject[], own: string): Promise<void> | undefined {
    const { slots, count, list } = writeRepresentations(targets, representationOf)
    if (slots.includes(-1)) (run.leftOut ??= []).push(source)
    if (count === 0) return undefined
    const given = writeVariables(run.variables)
    const variables = [given, own].filter((each) => each !== '').join()
    const body = `${head}${variables === '' ? '' : `${variables},`}"representations":[${list}]}}`
    const entities = { targets, slots, count }
    return run.send(node.serviceName, { body, kind, entities: count }, run.context).then(
      (answer) => receive(run, entities, answer),
      (error: unknown) => fail(fetch, run, error),
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
function writeRepresentations(
  targets: readonly JsonObject[],
  representationOf: (entity: JsonObject) => Representation | undefined,
) {
  const slots: number[] = []
  const byText = new Map<unknown, number>()
  const byLeaf = new Map<Representation, Map<unknown, number>>()
  let current: Representation | undefined
  let known = byText
  let count = 0
  let list = ''
  for (const target of targets) {
    const representation = representationOf(target)
    if (representation && representation !== current) {
      current = representation
      known = representation.leaf ? (byLeaf.get(representation) ?? new Map<unknown, number>()) : byText
      if (representation.leaf) byLeaf.set(representation, known)
    }
    const key = representation?.leaf ? representation.leaf(target) : representation?.write(target)
    const slot = known.get(key)
    if (slot !== undefined) {
      slots.push(slot)
      continue
    }
    const text = representation?.leaf ? representation.write(target) : key
    if (typeof text !== 'string') {
      slots.push(-1)
      continue
    }
    known.set(key, count)
    slots.push(count++)
    list += count === 1 ? text : `,${text}`
  }
  return { slots, count, list }
}

/** A subgraph that knows an interface alone says its name; what is known of the object's own type is more. */
function keepTypename(target: JsonObject, entity: JsonObject, supergraph: Supergraph): void {
  const known = target['__typename']
  const given = entity['__typename']
  if (given === undefined || given === known || typeof known !== 'string') return
  if (supergraph.isObjectType(known)) entity['__typename'] = known
}

function fail({ node, source }: Fetch, run: Run, error?: unknown): void {
  const failure =
    error instanceof GraphQLError ? error : subgraphFailure('SUBGRAPH_UNAVAILABLE', node.serviceName)
  problemsOf(run).fail(source, failure)
}

function reportRootErrors(fetch: Fetch, run: Run, errors: readonly GraphQLFormattedError[]): void {
  const { node, path, source } = fetch
  const places = path.length === 0 ? [[]] : locate(run.data, path).map((found) => found.path)
  for (const error of errors) {
    const marked = withService(error, node.serviceName)
    if (!error.path || error.path.length === 0) problemsOf(run).fail(source, marked)
    else for (const place of places) report(fetch, run, [...place, ...clientPath(node, error.path)], marked)
  }
}

function reportEntityErrors(
  fetch: Fetch,
  run: Run,
  { targets, slots }: Entities,
  errors: readonly GraphQLFormattedError[],
): void {
  const { node, path, source } = fetch
  const slotOf = new Map(targets.map((target, index) => [target, slots[index]]))
  const places = locate(run.data, path)
  for (const error of errors) {
    const marked = withService(error, node.serviceName)
    const [, slot, ...rest] = error.path ?? []
    if (typeof slot !== 'number') {
      problemsOf(run).fail(source, marked)
      continue
    }
    // Every place that shows the entity lacks the field.
    const shown = places.filter(({ object }) => slotOf.get(object) === slot)
    for (const place of shown) report(fetch, run, [...place.path, ...clientPath(node, rest)], marked)
    if (shown.length === 0) problemsOf(run).fail(source, marked)
  }
}

function report({ source }: Fetch, run: Run, path: Path, error: GraphQLFormattedError): void {
  problemsOf(run).report(source, path, error)
}

/** The name is for the log, which has what the subgraph sent already; clients do not see it. */
function withService(error: GraphQLFormattedError, serviceName: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, serviceName } }
}
