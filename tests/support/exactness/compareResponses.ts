import { drawNumber } from '../random/seededRandom'
import {
  drawMutation,
  drawQuery,
  drawSelections,
  type Draw,
  type RandomOperation,
} from '../random/communityOperations'
import { subgraphs as subgraphList } from '../../../schema/subgraphs'
import type { ComparedResponse, Population } from './population'
import { readProgress, rebuildTopic, settleSystem, type ExactnessSystem } from './system'

/** A process that was killed, or a connection that was cut, is back long before. */
const faultTimeoutMs = 20_000

const selectionCount = 100
const maxQueriesAtOnce = 8
const maxMutationsAtOnce = 3

interface ComparisonOptions {
  system: ExactnessSystem
  population: Population
  /** The same seed draws the same. */
  seed: string
  /** The number of queries and mutations. */
  steps: number
  /** The part of the rounds with a fault. */
  faultRate: number
}

/** A response of the cache, at the newest position of the event log, that differs from that of a router without a cache. */
export interface Difference {
  seed: string
  step: number
  operation: RandomOperation
  cached: string | undefined
  fresh: string | undefined
  /** Why the position was not reached, if it was not. */
  unsettled: string | undefined
}

interface ComparisonResult {
  hits: number
  queries: number
  /** The first one. */
  difference: Difference | undefined
}

/**
 * Runs random queries and mutations in rounds, with faults between and during them, and compares the responses to all
 * queries of a round with those of a router without a cache. Ends with the first difference.
 */
export async function compareResponses(options: ComparisonOptions): Promise<ComparisonResult> {
  const { system, population, seed, steps, faultRate } = options
  const draw = createDraw(seed)
  const selections = drawSelections(draw, selectionCount)
  const result: ComparisonResult = { hits: 0, queries: 0, difference: undefined }

  async function mutate(count: number): Promise<void> {
    const mutations = await inTurn(count, async () => ({
      operation: drawMutation(draw, population.ids),
      person: await population.drawSignedIn(draw),
      url: draw.item(system.readCachedUrls()),
    }))
    await Promise.all(
      mutations.map(({ url, operation, person }) => population.mutate(url, operation, person).catch(ignore)),
    )
  }

  /** Cuts connections, has all data of a subgraph rebuilt, replaces the router, or kills a process that is writing. */
  async function causeFault(): Promise<void> {
    const { name } = draw.item(subgraphList)
    const kind = draw.below(10)
    if (kind === 0) await system.restartRouter()
    else if (kind === 1) await rebuildTopic(system, name)
    else if (kind < 5 && system.killSubgraph)
      await Promise.all([mutate(maxMutationsAtOnce), system.killSubgraph(name)])
    else system.dropConnections(name)
  }

  async function compareQueries(step: number, count: number): Promise<void> {
    const queries = await inTurn(count, async () => ({
      operation: drawQuery(draw, population.ids, selections),
      person: await population.draw(draw),
    }))
    const read = ({ operation, person }: (typeof queries)[number]) =>
      Promise.all(
        [system.readCachedUrls()[0], system.uncachedUrl].map((url) =>
          population.send(url, operation, person),
        ),
      )
    const responses = await Promise.all(queries.map(read))
    result.queries += count
    for (const [index, query] of queries.entries()) {
      const [cached, fresh] = responses[index] ?? []
      if (cached?.isHit) result.hits++
      if (cached?.text === fresh?.text) continue
      result.difference = await compareWhenSettled(step, query.operation, () => read(query))
      if (result.difference) return
    }
  }

  /** Compares the responses at the newest position of the event log: changes were under way. */
  async function compareWhenSettled(
    step: number,
    operation: RandomOperation,
    read: () => Promise<ComparedResponse[]>,
  ): Promise<Difference | undefined> {
    const endMs = performance.now() + faultTimeoutMs
    for (;;) {
      const unsettled = await settleSystem(system).then(() => undefined, String)
      const before = await readProgress(system)
      // The router processes the invalidations that it has received before it responds.
      await population.send(
        system.readCachedUrls()[0],
        { document: '{ __typename }', variables: {} },
        undefined,
      )
      const [cached, fresh] = await read()
      if (cached?.text === fresh?.text) return undefined
      const isFault = [cached, fresh].some((response) => response && faultCodes.test(response.text))
      const isChanged = before !== (await readProgress(system))
      if ((isFault || isChanged) && performance.now() < endMs) continue
      return { seed, step, operation, cached: cached?.text, fresh: fresh?.text, unsettled }
    }
  }

  for (let step = 0; step < steps && !result.difference;) {
    if (draw.number() < faultRate) await causeFault()
    const mutations = draw.number() < 0.4 ? 1 + draw.below(maxMutationsAtOnce) : 0
    const queries = 1 + draw.below(maxQueriesAtOnce)
    if (draw.number() < 0.01) await population.replaceLeavingMember(system.readCachedUrls()[0]).catch(ignore)
    await mutate(mutations)
    await compareQueries(step, queries)
    step += mutations + queries
  }
  return result
}

const faultCodes = /SUBGRAPH_UNAVAILABLE|SUBGRAPH_TIMEOUT|UNAUTHENTICATED/

/** A subgraph that is killed or restarted responds with errors, or not at all. */
const ignore = () => undefined

/** Draws one after the other, so that the order of the draws is the same in every run. */
async function inTurn<Item>(count: number, create: () => Promise<Item>): Promise<Item[]> {
  const items: Item[] = []
  while (items.length < count) items.push(await create())
  return items
}

function createDraw(seed: string): Draw {
  let count = 0
  const number = () => drawNumber(`${seed} ${count++}`)
  const below = (limit: number) => Math.floor(number() * limit)
  return {
    number,
    below,
    item(list) {
      const index = below(list.length)
      if (index >= list.length) throw new Error('The list is empty.')
      return list[index] as (typeof list)[number]
    },
  }
}
