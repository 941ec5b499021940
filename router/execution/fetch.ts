import type { FetchNode, ResponsePath } from '../planning/planner'
import type { SubgraphAnswer, TransportRequest } from '../transport/transport'
import { compileSurroundings } from './contextual'
import { fail, reportEntityErrors, reportRootErrors, type Entities, type FailingFetch } from './fetchErrors'
import { isObject, type JsonObject } from './json'
import { mergeInto } from './merge'
import { compilePath } from './paths'
import { compileRepresentations, type Represent } from './representations'
import { applyRewrites } from './rewrites'
import type { Run, Step } from './run'
import type { MayHappen } from './serial'
import { asksForTypenameAlone, createSource } from './source'
import type { Supergraph } from './supergraph'
import { compileVariables } from './variables'

/** A fetch of the plan, and where it stands. */
interface Fetch extends FailingFetch {
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

function compileEntityFetch(fetch: Fetch): Step {
  const { node, path, source, supergraph, sharesEntities } = fetch
  const head = headOf(node)
  const { contextRewrites = [] } = node
  const contextual = new Set(contextRewrites.map(({ renameKeyTo }) => renameKeyTo))
  const writeVariables = compileVariables((node.variableUsages ?? []).filter((name) => !contextual.has(name)))
  const surroundings = compileSurroundings(contextRewrites, path, supergraph)
  const kind = kindOf(node)
  const collect = compilePath(path)
  const represent = compileRepresentations(node, supergraph)
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
    const { slots, count, list } = writeRepresentations(targets, represent)
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
function writeRepresentations(targets: readonly JsonObject[], represent: Represent) {
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
function keepTypename(target: JsonObject, entity: JsonObject, supergraph: Supergraph): void {
  const known = target['__typename']
  const given = entity['__typename']
  if (given === undefined || given === known || typeof known !== 'string') return
  if (supergraph.isObjectType(known)) entity['__typename'] = known
}
