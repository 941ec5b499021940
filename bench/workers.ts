import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

import { projectRoot } from '../packages/platform'
import { readCpuMicroseconds } from './cpuTime'
import { createLoad, type Load } from './load'
import { findMedian } from './quantiles'
import { findPrograms } from './routerProcess'

interface WorkerBenchOptions {
  /** The routers use this port and the following three. */
  port: number
  rounds: number
  /** How many requests each process gets in a round. */
  requests: number
  /** For each process. */
  connections: number
}

/**
 * One round: CPU time of all processes of a router per request, in microseconds, and the share of requests of its first
 * worker.
 */
interface WorkerRound {
  oneProcess: number
  twoWorkers: number
  /** Of two routers of one process at the same time: the cost of a second process on this machine. */
  twoRouters: number
  share: number
}

const requestsPerTurn = 200
/** For each process, until the code is compiled. */
const warmUpRequests = 5000

/**
 * Compares a router of one process with one of two workers, and with two routers at the same time. They fetch the same
 * page from a subgraph with a constant response, in turn. Each process gets as many requests over as many connections:
 * the fewer requests are in progress, the more each costs.
 */
export async function measureWorkers(options: WorkerBenchOptions): Promise<WorkerRound[]> {
  const { port, rounds, requests, connections } = options
  const posts = await startConstantSubgraph()
  const routers: BenchRouter[] = []
  const loads: Load[] = []
  const start = async (workers: number) => {
    const router = await startRouter(workers, port + routers.length, posts.url)
    routers.push(router)
    const load = createLoad(router.url, [JSON.stringify({ query })], workers * connections)
    loads.push(load)
    return { router, load, workers }
  }
  try {
    const clustered = await start(2)
    const contenders = [[await start(1)], [clustered], [await start(1), await start(1)]]
    const send = async (amount: number) => {
      for (let turn = 0; turn * requestsPerTurn < amount; turn++)
        for (const parts of contenders)
          await Promise.all(parts.map(({ load, workers }) => load.send(workers * requestsPerTurn)))
    }
    const readCpu = () =>
      contenders.map((parts) => parts.reduce((sum, { router }) => sum + router.readCpu(), 0))
    const countRequests = () => clustered.router.countRequests(clustered.load.countSent())
    await send(warmUpRequests)
    const results: WorkerRound[] = []
    for (let round = 0; round < rounds; round++) {
      const [countsBefore, cpuBefore] = [await countRequests(), readCpu()]
      await send(requests)
      const [one = 0, workers = 0, routers = 0] = readCpu().map(
        (value, index) => (value - (cpuBefore[index] ?? 0)) / requests,
      )
      const [first = 0] = await countRequests()
      const share = (first - (countsBefore[0] ?? 0)) / (2 * requests)
      results.push({ oneProcess: one, twoWorkers: workers / 2, twoRouters: routers / 2, share })
    }
    return results
  } finally {
    for (const load of loads) await load.close()
    for (const router of routers) await router.stop()
    await posts.close()
  }
}

/** Returns the medians of all rounds, the median of their ratios, and the range of the shares. */
export function formatWorkerRounds(results: readonly WorkerRound[]): (string | number)[][] {
  const shares = results.map(({ share }) => share * 100)
  const findRatio = (divide: (round: WorkerRound) => number) => findMedian(results.map(divide)).toFixed(3)
  const findTime = (select: (round: WorkerRound) => number) => Math.round(findMedian(results.map(select)))
  return [
    ['router', ''],
    ['CPU per request of one process, µs', findTime(({ oneProcess }) => oneProcess)],
    ['of two workers and their primary', findTime(({ twoWorkers }) => twoWorkers)],
    ['ratio', findRatio(({ oneProcess, twoWorkers }) => twoWorkers / oneProcess)],
    ['of two routers of one process', findTime(({ twoRouters }) => twoRouters)],
    ['ratio', findRatio(({ oneProcess, twoRouters }) => twoRouters / oneProcess)],
    [
      'requests of the first worker, %',
      `${Math.min(...shares).toFixed(0)} to ${Math.max(...shares).toFixed(0)}`,
    ],
  ]
}

interface BenchRouter {
  url: string
  /** Returns the CPU time of all its processes, in microseconds. */
  readCpu(): number
  /** Waits until so many requests are logged, and returns the number of each worker. */
  countRequests(expected: number): Promise<number[]>
  stop(): Promise<void>
}

const logLine = z.object({ msg: z.string(), worker: z.number().default(1) })

async function startRouter(workers: number, port: number, postsUrl: string): Promise<BenchRouter> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'router', 'index.js')], {
    env: {
      ...process.env,
      PORT: String(port),
      WORKERS: String(workers),
      POSTS_URL: postsUrl,
      NODE_ENV: 'production',
      // On a busy machine, slow requests would add log lines.
      SLOW_MS: '60000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const counts = new Map<number, number>()
  const lines = createInterface(child.stdout)
  const isUp = new Promise<void>((resolve) => {
    let listening = 0
    lines.on('line', (line) => {
      const { msg, worker } = logLine.parse(JSON.parse(line))
      if (msg === 'Listening' && ++listening === workers) resolve()
      if (msg === 'Request completed') counts.set(worker, (counts.get(worker) ?? 0) + 1)
    })
  })
  await isUp
  const pid = child.pid ?? 0
  const pids = [pid, ...findPrograms(pid, 'router/index.js')]
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    readCpu: () => readCpuMicroseconds(pids),
    async countRequests(expected) {
      const sum = () => [...counts.values()].reduce((total, count) => total + count, 0)
      while (sum() < expected) await once(lines, 'line', { signal: AbortSignal.timeout(10_000) })
      return [...counts].sort(([a], [b]) => a - b).map(([, count]) => count)
    },
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

const query = '{ posts(first: 20) { nodes { id title } } }'

/** Starts a subgraph that responds to each request with a page of 20 posts. */
async function startConstantSubgraph() {
  const nodes = Array.from({ length: 20 }, (_, n) => ({ id: `pst_${n}`, title: `The title of post ${n}` }))
  const text = JSON.stringify({ data: { posts: { nodes } } })
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      })
      response.end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
