import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { sendInTurn } from './load'
import { createBenchOperations, type EntityIds } from './operations'
import { findPrograms } from './routerProcess'
import { startBenchSystem, type BenchSystem } from './system'

interface ComparisonOptions {
  /** The root of the other build. */
  baseline: string
  dataDir: string
  port: number
  rounds: number
  /** How many requests each system gets in a round. */
  requests: number
  connections: number
  fetchIds(url: string): Promise<EntityIds>
}

/** The CPU time of one request in all rounds, in microseconds. */
interface Comparison {
  part: string
  baseline: number[]
  current: number[]
}

const requestsPerTurn = 50

const parts = {
  router: ['router/index.js'],
  subgraphs: ['subgraphs/'],
  'router and subgraphs': ['router/index.js', 'subgraphs/'],
}
type Part = keyof typeof parts
const partNames = Object.keys(parts) as Part[]

/**
 * Compares the CPU time of requests with that of another build, for example one without a feature. Both systems run at the same
 * time, and get the same requests in turn, so that the load of the machine affects both. This build has metrics, which are
 * scraped between the rounds, log lines, and traces of 1 % of the requests; the other one logs warnings only.
 */
export async function compareBuilds(options: ComparisonOptions): Promise<Comparison[]> {
  const { baseline, dataDir, port, rounds, fetchIds } = options
  const collector = await startCollector()
  const systems: BenchSystem[] = []
  const start = async (name: string, offset: number, root: string | undefined, environment: object) => {
    const settings = { DEMO: 'true', MAX_CLIENT_REQUESTS: '1000', ...environment }
    const system = await startBenchSystem(join(dataDir, name), port + offset, { root, environment: settings })
    systems.push(system)
    return system
  }
  try {
    const other = await start('baseline', 0, baseline, { LOG_LEVEL: 'warn' })
    const current = await start('current', 10, undefined, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    })
    const bodies = new Map<BenchSystem, string[]>()
    const send = (system: BenchSystem, amount: number) =>
      sendInTurn('comparison', system.url, bodies.get(system) ?? [], {
        connections: options.connections,
        amount,
      })
    for (const system of systems) {
      bodies.set(system, createBodies(await fetchIds(system.url)))
      for (let count = 0; count < 3; count++) await send(system, options.requests)
    }
    const results = partNames.map((part): Comparison => ({ part, baseline: [], current: [] }))
    const readCpu = () => systems.map((system) => partNames.map((part) => readCpuMicroseconds(system, part)))
    for (let round = 0; round < rounds; round++) {
      // Not measured: how much a request contributes to it depends on the interval of scrapes.
      await scrapeMetrics(port + 10)
      const before = readCpu()
      // In short turns, so that the load of the machine is the same for both.
      for (let turn = 0; turn < options.requests / requestsPerTurn; turn++)
        for (const system of turn % 2 === 0 ? [other, current] : [current, other])
          await send(system, requestsPerTurn)
      const [ofOther = [], ofCurrent = []] = readCpu().map((parts, system) =>
        parts.map((microseconds, part) => (microseconds - (before[system]?.[part] ?? 0)) / options.requests),
      )
      results.forEach(({ baseline, current }, part) => {
        baseline.push(ofOther[part] ?? 0)
        current.push(ofCurrent[part] ?? 0)
      })
    }
    console.log(`${collector.count()} exports of traces were received.`)
    return results
  } finally {
    for (const system of systems) await system.stop()
    await collector.close()
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
  return [['CPU per request', 'baseline, µs', 'this build, µs', 'difference, % (range)'], ...rows]
}

function findMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
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

async function scrapeMetrics(port: number): Promise<void> {
  for (let offset = 0; offset <= 4; offset++)
    await (await fetch(`http://127.0.0.1:${port + offset}/metrics`)).text()
}

/** Returns the CPU time of all threads, in microseconds (Linux only). */
function readCpuMicroseconds({ pid }: BenchSystem, part: Part): number {
  const pids = parts[part].flatMap((program) => findPrograms(pid, program))
  if (pids.length === 0) throw new Error(`No process of the part "${part}" was found.`)
  return pids.flatMap(listThreadNanoseconds).reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1000
}

function listThreadNanoseconds(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
}

/** Starts a collector of traces that drops them. */
async function startCollector() {
  let count = 0
  const server = createServer((request, response) => {
    count++
    request.resume().on('end', () => response.end('{}'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    count: () => count,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
