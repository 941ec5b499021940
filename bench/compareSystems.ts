import { join } from 'node:path'

import { readCpuMicroseconds } from './cpuTime'
import { createLoad, type Load } from './load'
import { createBenchOperations, type EntityIds } from './operations'
import { findMedian } from './quantiles'
import { findPrograms } from './routerProcess'
import { startBenchSystem, type BenchSystem } from './system'

/** How one of two compared systems is started. */
interface ComparedSystem {
  /** The root of another build; by default this one. */
  root?: string
  environment?: Record<string, string>
}

export interface ComparisonOptions {
  baseline: ComparedSystem
  current: ComparedSystem
  dataDir: string
  /** The systems use this port and the following 20. */
  port: number
  rounds: number
  /** How many requests each system gets in a round. */
  requests: number
  connections: number
  fetchIds(url: string): Promise<EntityIds>
  /**
   * Called before each round and after the last one, outside the measured time.
   *
   * @param sent the requests that each system has had
   */
  betweenRounds?(systems: Readonly<Record<'baseline' | 'current', BenchSystem>>, sent: number): Promise<void>
}

/** The CPU time of one request in all rounds, in microseconds. */
export interface Comparison {
  part: string
  baseline: number[]
  current: number[]
}

const requestsPerTurn = 40
/** Until the code is compiled and the caches are filled. */
const warmUpRequests = 3000

const parts = {
  router: ['router/index.js'],
  subgraphs: ['subgraphs/'],
  'router and subgraphs': ['router/index.js', 'subgraphs/'],
}
type Part = keyof typeof parts
const partNames = Object.keys(parts) as Part[]

/**
 * Compares the CPU time of requests in two systems that run at the same time. Both get the same requests in turn, forty at a
 * time, so that the load of the machine affects both.
 */
export async function compareSystems(options: ComparisonOptions): Promise<Comparison[]> {
  const { dataDir, port, rounds, requests, connections, fetchIds, betweenRounds } = options
  const systems: BenchSystem[] = []
  const loads: Load[] = []
  const start = async (name: 'baseline' | 'current', offset: number) => {
    const { root, environment } = options[name]
    const settings = { DEMO: 'true', MAX_CLIENT_REQUESTS: '1000', ...environment }
    const system = await startBenchSystem(join(dataDir, name), port + offset, { root, environment: settings })
    systems.push(system)
    const load = createLoad(system.url, createBodies(await fetchIds(system.url)), connections)
    loads.push(load)
    return { system, load }
  }
  try {
    const baseline = await start('baseline', 0)
    const current = await start('current', 10)
    const sendInTurns = async (amount: number) => {
      for (let turn = 0; turn * requestsPerTurn < amount; turn++)
        for (const { load } of turn % 2 === 0 ? [baseline, current] : [current, baseline])
          await load.send(requestsPerTurn)
    }
    const readCpu = () =>
      [baseline, current].map(({ system }) => partNames.map((part) => readPartMicroseconds(system, part)))
    const results = partNames.map((part): Comparison => ({ part, baseline: [], current: [] }))
    await sendInTurns(warmUpRequests)
    for (let round = 0; round < rounds; round++) {
      await betweenRounds?.({ baseline: baseline.system, current: current.system }, baseline.load.countSent())
      const before = readCpu()
      await sendInTurns(requests)
      const [ofBaseline = [], ofCurrent = []] = readCpu().map((values, system) =>
        values.map((microseconds, part) => (microseconds - (before[system]?.[part] ?? 0)) / requests),
      )
      results.forEach((result, part) => {
        result.baseline.push(ofBaseline[part] ?? 0)
        result.current.push(ofCurrent[part] ?? 0)
      })
    }
    await betweenRounds?.({ baseline: baseline.system, current: current.system }, baseline.load.countSent())
    return results
  } finally {
    for (const load of loads) await load.close()
    for (const system of systems) await system.stop()
  }
}

/** Returns a row for each part: the medians, and the median of the differences of the rounds, in percent. */
export function formatComparison(comparisons: readonly Comparison[]): (string | number)[][] {
  const rows = comparisons.map(({ part, baseline, current }) => {
    const differences = current.map((value, round) => (value / (baseline[round] ?? value) - 1) * 100)
    const [low, high] = [Math.min(...differences), Math.max(...differences)]
    return [
      part,
      Math.round(findMedian(baseline)),
      Math.round(findMedian(current)),
      `${findMedian(differences).toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`,
    ]
  })
  return [['CPU per request', 'baseline, µs', 'compared, µs', 'difference, % (range)'], ...rows]
}

function createBodies(ids: EntityIds): string[] {
  const operations = createBenchOperations(ids).map(({ document, variables }) =>
    variables.map((each) => JSON.stringify({ query: document, variables: each })),
  )
  const longest = Math.max(...operations.map((bodies) => bodies.length))
  return Array.from({ length: longest }, (_, index) =>
    operations.flatMap((bodies) => bodies[index % bodies.length] ?? []),
  ).flat()
}

/** Returns the CPU time of a part, in microseconds. */
function readPartMicroseconds({ pid }: BenchSystem, part: Part): number {
  const pids = parts[part].flatMap((program) => findPrograms(pid, program))
  if (pids.length === 0) throw new Error(`No process of the part "${part}" was found.`)
  return readCpuMicroseconds(pids)
}
