import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

import { attachOrStartMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { projectRoot } from '../../packages/platform'
import { readCpuMicroseconds } from '../cpuTime'
import { createLoad, type Load, type LoadRequest } from '../load'
import { createBenchOperations, type BenchOperation, type EntityIds } from '../operations'
import { findMedian, findQuantile } from '../quantiles'
import { findPrograms } from '../routerProcess'
import { startBenchSystem } from '../system'
import { createMixedLoad } from './mixedLoad'

interface MonolithComparisonOptions {
  /** Of a system whose databases are filled. */
  dataDir: string
  /** The system uses this port and the following 4, the monolith the next one. */
  port: number
  connections: number
  rounds: number
  /** How many requests each side gets in a round. */
  requests: number
  ids: EntityIds
  /** Whether the router caches; its cache is warm then. */
  cache: 'on' | 'off'
}

/** One side: its processes by part, and the load on it. */
interface Side {
  url: string
  parts: Record<string, number[]>
}

interface Monolith {
  url: string
  pid: number
  stop(): Promise<void>
}

/** The figures of one screen on one side. */
interface ScreenFigures {
  screen: string
  side: 'Agora' | 'monolith'
  /** CPU time of a request in all parts, in milliseconds: the median of the rounds. */
  cpuMs: number
  cpuMsByPart: Record<string, number>
  p50Ms: number
  p99Ms: number
  requestsPerSecond: number
}

export interface ScreenComparison {
  agora: ScreenFigures
  monolith: ScreenFigures
  /** The median of the rounds' ratios of CPU time. */
  ratio: number
}

/** Returns two rows for each screen: Agora with the ratio, and the monolith. */
export function formatScreens(comparisons: readonly ScreenComparison[]): (string | number)[][] {
  const rows = comparisons.flatMap(({ agora, monolith, ratio }) =>
    [agora, monolith].map(({ screen, side, cpuMs, cpuMsByPart, p50Ms, p99Ms, requestsPerSecond }) => [
      screen,
      side,
      cpuMs.toFixed(2),
      side === 'Agora' ? ratio.toFixed(2) : '1',
      Object.entries(cpuMsByPart)
        .map(([part, ms]) => `${part} ${ms.toFixed(2)}`)
        .join(', '),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      Math.round(requestsPerSecond),
    ]),
  )
  return [['screen', 'system', 'CPU ms', 'ratio', 'of which', 'p50 ms', 'p99 ms', 'requests/s'], ...rows]
}

const requestsPerTurn = 40
/** Until the code is compiled. */
const warmUpRequests = 1500
const comparedResponses = 20

/**
 * Compares the screens of a system with those of the monolith on the same databases. Both run at the same time and get the
 * same requests in turn, forty at a time; the CPU time of the database in a turn belongs to the side of the turn.
 *
 * @throws Error when their responses differ in anything but cursors
 */
export async function compareWithMonolith(options: MonolithComparisonOptions): Promise<ScreenComparison[]> {
  return runBothSides(options, async (agora, monolith) => {
    const comparisons: ScreenComparison[] = []
    for (const operation of createBenchOperations(options.ids)) {
      await requireEqualResponses(operation, agora.url, monolith.url)
      const bodies = listBodies(operation)
      comparisons.push(await compareLoads(operation.name, { agora, monolith }, bodies, bodies, options))
    }
    return comparisons
  })
}

/**
 * Compares a mixed load of 200 viewers, half of whom are signed in. They read the screens, popular pages more often
 * than others, and in 2 % of the requests write a comment. The monolith only reads, so that the cost of writing counts
 * for Agora alone.
 */
export async function compareMixedLoad(options: MonolithComparisonOptions): Promise<ScreenComparison[]> {
  return runBothSides(options, async (agora, monolith) => {
    const mixed = await createMixedLoad(agora.url, options.ids)
    const reads = mixed.reads.map(({ body }) => body)
    return [await compareLoads('mixed load', { agora, monolith }, mixed.all, reads, options)]
  })
}

/** Starts a system and the monolith on its databases. */
async function runBothSides<Result>(
  { dataDir, port, cache }: MonolithComparisonOptions,
  run: (agora: Side, monolith: Side) => Promise<Result>,
): Promise<Result> {
  const environment = { NODE_ENV: 'production', CACHE: cache }
  const system = await startBenchSystem(dataDir, port, { environment })
  let monolith: Monolith | undefined
  try {
    const { uri } = await attachOrStartMongodb({ dataDir, log: console.log })
    monolith = await startMonolith(uri, port + 5)
    const database = findPrograms(system.pid, 'embedded-mongodb/host.js')
    const subgraphs = findPrograms(system.pid, 'dist/subgraphs/')
    const router = findPrograms(system.pid, 'dist/router/')
    return await run(
      { url: system.url, parts: { database, subgraphs, router } },
      { url: monolith.url, parts: { database, server: [monolith.pid] } },
    )
  } finally {
    await monolith?.stop()
    await system.stop()
  }
}

async function compareLoads(
  screen: string,
  { agora, monolith }: Record<'agora' | 'monolith', Side>,
  agoraRequests: readonly (LoadRequest | string)[],
  monolithRequests: readonly string[],
  { connections, rounds, requests }: MonolithComparisonOptions,
): Promise<ScreenComparison> {
  const agoraLoad = createLoad(agora.url, agoraRequests, connections)
  const monolithLoad = createLoad(monolith.url, monolithRequests, connections)
  const sides = [
    { name: 'Agora' as const, ...createMeasuredSide(agora, agoraLoad) },
    { name: 'monolith' as const, ...createMeasuredSide(monolith, monolithLoad) },
  ]
  try {
    const sendInTurns = async (amount: number) => {
      for (let turn = 0; turn * requestsPerTurn < amount; turn++)
        for (const side of turn % 2 === 0 ? sides : [...sides].reverse()) await side.takeTurn()
    }
    await sendInTurns(warmUpRequests)
    for (const side of sides) side.startMeasurement()
    for (let round = 0; round < rounds; round++) {
      await sendInTurns(requests)
      for (const side of sides) side.endRound()
    }
    const [agoraSide, monolithSide] = sides
    if (!agoraSide || !monolithSide) throw new Error('There are two sides.')
    const ratios = agoraSide.rounds.map((cpu, round) => cpu / (monolithSide.rounds[round] ?? cpu))
    return {
      agora: agoraSide.summarize(screen, agoraSide.name),
      monolith: monolithSide.summarize(screen, monolithSide.name),
      ratio: findMedian(ratios),
    }
  } finally {
    for (const side of sides) await side.close()
  }
}

function createMeasuredSide({ parts }: Side, load: Load) {
  const names = Object.keys(parts)
  const readCpu = () => names.map((name) => readCpuMicroseconds(parts[name] ?? []) / 1000)
  const rounds: number[] = []
  let cpu = names.map(() => 0)
  let requests = 0
  let times: number[] = []
  let elapsedMs = 0
  let atRoundStart = { cpu: 0, requests: 0 }
  const sumCpu = () => cpu.reduce((sum, each) => sum + each, 0)
  return {
    /** CPU time of a request in each round, in milliseconds. */
    rounds,
    async takeTurn() {
      const before = readCpu()
      const startedAt = performance.now()
      times.push(...(await load.send(requestsPerTurn)))
      elapsedMs += performance.now() - startedAt
      const after = readCpu()
      cpu = cpu.map((sum, part) => sum + (after[part] ?? 0) - (before[part] ?? 0))
      requests += requestsPerTurn
    },
    startMeasurement() {
      cpu = names.map(() => 0)
      requests = 0
      times = []
      elapsedMs = 0
      atRoundStart = { cpu: 0, requests: 0 }
    },
    endRound() {
      rounds.push((sumCpu() - atRoundStart.cpu) / (requests - atRoundStart.requests))
      atRoundStart = { cpu: sumCpu(), requests }
    },
    summarize: (screen: string, side: ScreenFigures['side']): ScreenFigures => ({
      screen,
      side,
      cpuMs: findMedian(rounds),
      cpuMsByPart: Object.fromEntries(names.map((name, part) => [name, (cpu[part] ?? 0) / requests])),
      p50Ms: findMedian(times),
      p99Ms: findQuantile(times, 0.99),
      requestsPerSecond: (requests / elapsedMs) * 1000,
    }),
    close: () => load.close(),
  }
}

async function startMonolith(mongodbUri: string, port: number): Promise<Monolith> {
  const file = join(projectRoot, 'dist', 'bench', 'monolith', 'index.js')
  const child = spawn(process.execPath, [file, mongodbUri, String(port)], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const isUp = await new Promise<boolean>((resolve) => {
    child.once('exit', () => resolve(false))
    createInterface(child.stdout).once('line', () => resolve(true))
  })
  if (!isUp) throw new Error('The monolith did not start.')
  return {
    url: `http://127.0.0.1:${port}/`,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

const listBodies = ({ document, variables }: BenchOperation): string[] =>
  variables.map((each) => JSON.stringify({ query: document, variables: each }))

/**
 * Requires equal responses to the first requests. Waits until the projections that the monolith reads are up to date.
 *
 * @throws Error when they still differ after a minute
 */
async function requireEqualResponses(operation: BenchOperation, ...urls: string[]): Promise<void> {
  for (const body of listBodies(operation).slice(0, comparedResponses)) {
    for (const startedAt = performance.now(); ;) {
      const [first, second] = await Promise.all(urls.map((url) => fetchResponse(url, body)))
      if (isDeepStrictEqual(first, second)) break
      if (performance.now() - startedAt > 60_000) throw new Error(`The responses to ${body} differ.`)
      await wait(500)
    }
  }
}

/** Returns a response without the opaque cursors. */
async function fetchResponse(url: string, body: string): Promise<unknown> {
  const httpResponse = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const response: unknown = JSON.parse(await httpResponse.text(), (key, value) =>
    key === 'endCursor' ? typeof value : value,
  )
  const { errors } = z.object({ errors: z.array(z.unknown()).optional() }).parse(response)
  if (errors) throw new Error(`${body} failed: ${JSON.stringify(errors)}`)
  return response
}
