import '../packages/platform/sourceMaps'

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { compareSystems, formatComparison } from './compareSystems'
import { measureProjectionLatency, type ProjectionLatency } from './projectionLatency'
import { fillDatabases } from './fillDatabases'
import { measureInvalidationLatency } from './invalidationLatency'
import { measureEventLog } from './eventLog'
import { measureLoad } from './load'
import { compareMixedLoad, compareWithMonolith, formatScreens } from './monolith/compare'
import { createBenchOperations, type EntityIds } from './operations'
import { measureRegistrations } from './registrations'
import { measureNotifications } from './notifications'
import { describeMachine, formatMarkdownTable } from './report'
import { measureStarts } from './startTimes'
import { measureSubscriptions, type SubscriptionFigures } from './subscriptions'
import { runBenchImport, startBenchSystem } from './system'
import { measureTelemetryCost } from './telemetryCost'
import { formatWorkerRounds, measureWorkers } from './workers'

const usage = `npm run bench -- [--posts 2000] [--comments 50000] [--users 5000] [--events 500]
               [--seconds 10] [--connections 20] [--port 4700] [--import DIR] [--registrations 50000]
               [--notifications 10000]
               [--event-log] [--projections] [--subscriptions] [--compare DIR] [--telemetry] [--monolith] [--workers]
               [--start]

Starts a system on a temporary data directory, fills it, and measures the most frequent screens of a frontend.

  --import DIR       time the import of DIR/stackexchange and DIR/meetup, and measure the screens with that data

Instead of the screens:
  --registrations N  time single registrations for one event with up to N registrations
  --notifications N  time the notifications and mails to N people who are registered for a cancelled event
  --event-log        measure the event log with 10,000 events
  --projections      time the updates of other subgraphs after a change
  --subscriptions    measure 1,000 and 10,000 subscribers
  --compare DIR      compare the CPU time of requests with the build in DIR, --rounds 10 of --requests 2000
  --telemetry        compare it with and without metrics, log lines and traces of 1 % of the requests
  --start            time starts with and without data, for example of --users 50000 --posts 50000 --comments 300000 --events 20000
  --workers          compare a router of two workers with one of a single process
  --monolith         compare the screens with those of one Apollo Server process on the same databases: without a cache, from a
                     warm cache, and in a mixed load with writes; and time invalidations

With EVENT_LOG_URL, the event log is on that NATS server.`

const { values: options } = parseArgs({
  options: {
    users: { type: 'string', default: '5000' },
    posts: { type: 'string', default: '2000' },
    comments: { type: 'string', default: '50000' },
    events: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '20' },
    port: { type: 'string', default: '4700' },
    import: { type: 'string' },
    registrations: { type: 'string' },
    notifications: { type: 'string' },
    'event-log': { type: 'boolean', default: false },
    projections: { type: 'boolean', default: false },
    subscriptions: { type: 'boolean', default: false },
    compare: { type: 'string' },
    telemetry: { type: 'boolean', default: false },
    monolith: { type: 'boolean', default: false },
    workers: { type: 'boolean', default: false },
    start: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '10' },
    requests: { type: 'string', default: '2000' },
    help: { type: 'boolean', default: false },
  },
})

/** Returns the IDs of the first pages of posts and events. */
async function fetchIds(url: string): Promise<EntityIds> {
  const query = '{ posts(first: 100) { nodes { id } } events(first: 100) { nodes { id } } }'
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  const { data } = (await response.json()) as {
    data: Record<keyof EntityIds, { nodes: { id: string }[] }>
  }
  return { posts: data.posts.nodes.map(({ id }) => id), events: data.events.nodes.map(({ id }) => id) }
}

function formatSubscriptions(figures: SubscriptionFigures): (string | number)[][] {
  const { p50Ms, p99Ms, memoryBeforeMb, memoryIdleMb, heaps } = figures
  return [
    ['subscriptions', ''],
    ['addComment response to the last of 1,000 subscribers, p50 ms', p50Ms.toFixed(1)],
    ['the same, p99 ms', p99Ms.toFixed(1)],
    ['router without subscribers, MB resident', Math.round(memoryBeforeMb)],
    ['router with 10,000 idle subscribers', Math.round(memoryIdleMb)],
    ...heaps.map(({ pairs, heap }) => [`heap after ${pairs} opened and closed, MB`, heap.toFixed(1)]),
  ]
}

function formatLatencies(latencies: ProjectionLatency[]): (string | number)[][] {
  const rows = latencies.map(({ change, medianMs, maxMs }) => [
    change,
    Math.round(medianMs),
    Math.round(maxMs),
  ])
  return [['time after the response, until …', 'median ms', 'max ms'], ...rows]
}

async function main(): Promise<void> {
  if (options.help) return console.log(usage)
  console.log(`${describeMachine()}\n`)
  const dataDir = mkdtempSync(join(tmpdir(), 'agora-bench-'))
  const port = Number(options.port)
  const size = {
    users: Number(options.users),
    posts: Number(options.posts),
    comments: Number(options.comments),
    events: Number(options.events),
  }
  const rounds = Number(options.rounds)
  const requests = Number(options.requests)
  const connections = Number(options.connections)
  try {
    if (options.registrations !== undefined) {
      const rows = await measureRegistrations(dataDir, Number(options.registrations))
      const cells = rows.map(({ registeredBefore, medianMs }) => [registeredBefore, medianMs.toFixed(1)])
      return console.log(formatMarkdownTable([['registrations before', 'median ms'], ...cells]))
    }
    if (options.notifications !== undefined) {
      const times = await measureNotifications(dataDir, port, Number(options.notifications))
      return console.log(
        formatMarkdownTable([
          ['after a cancellation', ''],
          ['everyone has the notification, s', times.inboxSeconds.toFixed(1)],
          ['everyone has the mail, s', times.mailSeconds.toFixed(1)],
          ['mails received more than once', times.repeatedMails],
          ['slowest request meanwhile, ms', Math.round(times.slowestRequestMs)],
        ]),
      )
    }
    if (options.compare !== undefined || options.telemetry) {
      const { compare } = options
      const settings = { dataDir, port, rounds, requests, connections, fetchIds }
      const comparison =
        compare === undefined
          ? await measureTelemetryCost(settings)
          : await compareSystems({ ...settings, baseline: { root: resolve(compare) }, current: {} })
      return console.log(formatMarkdownTable(formatComparison(comparison)))
    }
    if (options.start) {
      const { empty, afterImport, median, load } = await measureStarts(dataDir, port, size)
      return console.log(
        formatMarkdownTable([
          ['start until all parts are ready', 's'],
          ['into an empty folder', empty.toFixed(1)],
          ['after the import of the community', afterImport.toFixed(1)],
          [`later, median of 3, load average ${load.toFixed(1)}`, median.toFixed(1)],
        ]),
      )
    }
    if (options.workers) {
      const results = await measureWorkers({ port, rounds, requests, connections })
      return console.log(formatMarkdownTable(formatWorkerRounds(results)))
    }
    if (options.monolith) {
      await (await startBenchSystem(dataDir, port)).stop()
      const ids = await fillDatabases(dataDir, size)
      const settings = { dataDir, port, rounds, requests, connections, ids }
      const print = (title: string, rows: (string | number)[][]) =>
        console.log(`${title}\n\n${formatMarkdownTable(rows)}\n`)
      print('Without a cache', formatScreens(await compareWithMonolith({ ...settings, cache: 'off' })))
      print('Anonymous, warm cache', formatScreens(await compareWithMonolith({ ...settings, cache: 'on' })))
      print('Mixed load', formatScreens(await compareMixedLoad({ ...settings, cache: 'on' })))
      const { p50Ms, p99Ms } = await measureInvalidationLatency(dataDir, port)
      return print('Response of a mutation until its invalidation arrives at other routers', [
        ['p50 ms', 'p99 ms'],
        [p50Ms.toFixed(1), p99Ms.toFixed(1)],
      ])
    }
    if (options['event-log']) {
      const { eventsPerSecond, recoverySeconds } = await measureEventLog(dataDir, 10_000)
      const rows = [
        ['events/s through publish and one consumer', Math.round(eventsPerSecond)],
        ['recovery from 10,000 events, s', recoverySeconds.toFixed(2)],
      ]
      return console.log(formatMarkdownTable([['event log', ''], ...rows]))
    }
    if (options.projections || options.subscriptions) {
      const system = await startBenchSystem(dataDir, port)
      try {
        const rows = options.projections
          ? formatLatencies(await measureProjectionLatency(dataDir, system.url))
          : formatSubscriptions(await measureSubscriptions(system))
        return console.log(formatMarkdownTable(rows))
      } finally {
        await system.stop()
      }
    }
    const times: [string, string][] = []
    const addTime = (name: string, seconds: number) => times.push([name, `${seconds.toFixed(1)} s`])

    const first = await startBenchSystem(dataDir, port)
    addTime('first start', first.startupSeconds)
    await first.stop()

    let ids: EntityIds | undefined
    if (options.import === undefined) ids = await fillDatabases(dataDir, size)
    for (const kind of ['stackexchange', 'meetup']) {
      const folder = resolve(options.import ?? '', kind)
      if (options.import === undefined) continue
      if (!existsSync(folder)) throw new Error(`The folder ${folder} does not exist.`)
      addTime(`import of ${kind}`, (await runBenchImport(kind, folder, dataDir)).seconds)
    }

    const system = await startBenchSystem(dataDir, port)
    addTime('warm start', system.startupSeconds)
    try {
      console.log(`${formatMarkdownTable([['step', 'time'], ...times])}\n`)
      const rows: (string | number)[][] = [['screen', 'requests/s', 'p50 ms', 'p99 ms']]
      for (const operation of createBenchOperations(ids ?? (await fetchIds(system.url)))) {
        await measureLoad(system.url, operation, { connections: 4, seconds: 3 })
        const { requestsPerSecond, p50Ms, p99Ms } = await measureLoad(system.url, operation, {
          connections,
          seconds: Number(options.seconds),
        })
        rows.push([operation.name, Math.round(requestsPerSecond), p50Ms, p99Ms])
      }
      console.log(formatMarkdownTable(rows))
    } finally {
      await system.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
