import type { GraphQLSchema } from 'graphql'
import { isUtf8 } from 'node:buffer'

import type { PlanNode, QueryPlan } from '../../planning/planner'
import { readAnswer } from '../../transport/answer'
import type { SubgraphAnswer } from '../../transport/transport'
import { headOf } from '../fetch'
import type { JsonObject } from '../json'
import { misfit } from '../misfit'
import type { Send } from '../run'
import type { Selection } from '../selection'
import { inParallel, inSequence } from '../steps'
import type { Supergraph } from '../supergraph'
import { compileVariables } from '../variables'
import type { ExecutionInput } from '../compile'
import { Entities, Entity } from './entities'
import { collectFetches, type DirectFetch, type Fetches } from './fetches'
import { textsOf, type Part } from './pieces'
import { compileRoot, type RootPart } from './places'
import { Reading } from './reading'
import { windowLength } from './scanner'
import { Unsupported } from './unsupported'

/**
 * The data of an answer as JSON text in parts, one character for each byte of its UTF-8; or, when something did not fit,
 * a way to the subgraphs that hands over what they have answered already.
 */
export type DirectOutcome = { texts: string[] } | { texts?: undefined; send: Send }

export type Direct = (input: ExecutionInput) => Promise<DirectOutcome>

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
    return (input) => new DirectRun(input, fetches.all.length, root).execute(step)
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

type Step = (run: DirectRun) => Promise<void> | undefined

function compileStep(
  node: PlanNode | undefined,
  fetches: Fetches,
  rootType: string,
  flag: (name: string) => boolean,
): Step {
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

function compileFetch({ index, node, types }: DirectFetch, rootType: string): Step {
  const head = toBytes(headOf(node))
  const writeVariables = compileVariables(node.variableUsages ?? [])
  if (!node.requires) {
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
    const { representations, all } = run.entities[index]?.take() ?? none
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

const none: ReturnType<Entities['take']> = { all: [], representations: [] }

/** A request that was sent, and what came of it. */
interface Asked {
  service: string
  body: Buffer
  answer: Promise<SubgraphAnswer>
  /** The whole answer where it was read directly. */
  bytes: Buffer | undefined
}

/** One execution on the direct path. */
class DirectRun {
  readonly variables: JsonObject
  readonly entities: readonly Entities[]
  /** What the fetches of the root give, by their indexes. */
  readonly roots: (Entity | undefined)[] = []
  readonly #reading: Reading
  readonly #asked: Asked[] = []
  #phase: 'direct' | 'settled' = 'direct'
  #settle: ((outcome: DirectOutcome) => void) | undefined

  constructor(
    readonly input: ExecutionInput,
    fetches: number,
    readonly root: readonly RootPart[],
  ) {
    this.variables = input.variables
    this.entities = Array.from({ length: fetches }, () => new Entities())
    this.#reading = new Reading(this.entities)
  }

  execute(step: Step): Promise<DirectOutcome> {
    return new Promise((resolve, reject) => {
      this.#settle = resolve
      const pending = step(this)
      if (pending) pending.then(() => this.#finish(), reject)
      else this.#finish()
    })
  }

  #finish(): void {
    if (this.#phase === 'settled') return
    const texts = this.#texts()
    if (texts === undefined) return this.#giveUp()
    this.#phase = 'settled'
    this.#forget()
    this.#settle?.({ texts })
  }

  /**
   * What has waited is old to the garbage collector, and what hangs on it would be kept, and copied, until it looks at all
   * that is old.
   */
  #forget(): void {
    for (const each of this.entities) each.clear()
    for (const root of this.roots) root?.clear()
    this.#asked.length = 0
  }

  /** At once, and not when all is answered: another subgraph may take its time. */
  #giveUp(): void {
    if (this.#phase === 'settled') return
    this.#phase = 'settled'
    this.#settle?.({ send: (...request) => this.#send(...request) })
  }

  #texts(): string[] | undefined {
    const parts: Part[] = ['{']
    for (const part of this.root) {
      if (parts.length > 1) parts.push(',')
      if (typeof part === 'string') parts.push(part)
      else parts.push(this.roots[part.fetch.index]?.hole(part.hole) ?? { text: undefined })
    }
    parts.push('}')
    return textsOf({ text: { bytes: noBytes, parts } })
  }

  ask(
    service: string,
    text: string,
    entities: number | undefined,
    read: (reading: Reading) => void,
  ): Promise<void> | undefined {
    if (this.#phase === 'settled') return undefined
    const { send, context } = this.input
    const body = Buffer.from(text, 'latin1')
    const asked: Asked = { service, body, answer: unanswered, bytes: undefined }
    const readAll = (bytes: Buffer) => {
      if (!this.#read(bytes, read)) return false
      asked.bytes = bytes
      return true
    }
    const request = { body, kind: 'query', entities, read: readAll } as const
    asked.answer = send(service, request, context)
    this.#asked.push(asked)
    return asked.answer.then(
      () => {
        if (!asked.bytes) this.#giveUp()
      },
      () => this.#giveUp(),
    )
  }

  /** Whether an answer is as it is expected. Once one is not, none is: what was read of it may be half of it. */
  #read(bytes: Buffer, read: (reading: Reading) => void): boolean {
    if (this.#phase === 'settled') return false
    const fits =
      isUtf8(bytes) &&
      (this.#fits(bytes, read, false) || (bytes.length > windowLength && this.#fits(bytes, read, true)))
    if (!fits) this.#giveUp()
    return fits
  }

  #fits(bytes: Buffer, read: (reading: Reading) => void, whole: boolean): boolean {
    const reading = this.#reading
    try {
      reading.open(bytes, whole)
      read(reading)
      if (!reading.accept(closeBrace)) {
        reading.expect(',"extensions":')
        reading.value()
        reading.expect('}')
      }
      reading.finish()
      return true
    } catch (error) {
      if (error !== misfit && !(error instanceof Unsupported)) throw error
      return false
    }
  }

  /** Sends what has not been sent yet. */
  async #send(...[service, request, context]: Parameters<Send>): Promise<SubgraphAnswer> {
    const body = Buffer.from(request.body)
    const index = this.#asked.findIndex((each) => each.service === service && body.equals(each.body))
    const [known] = index === -1 ? [] : this.#asked.splice(index, 1)
    if (!known) return this.input.send(service, request, context)
    const answer = await known.answer
    return known.bytes ? readAnswer({ status: 200, bytes: known.bytes }, request.entities).answer : answer
  }
}

const closeBrace = 125
const noBytes = Buffer.alloc(0)
const unanswered: Promise<never> = new Promise(() => undefined)

/** Text as one character for each byte of its UTF-8. */
function toBytes(text: string): string {
  return /[^\u0000-\u007f]/.test(text) ? Buffer.from(text).toString('latin1') : text
}
