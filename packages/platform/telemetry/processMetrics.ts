import { Histogram } from 'prom-client'
import { readdir, readFile } from 'node:fs/promises'
import { constants, monitorEventLoopDelay, performance, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'

import { observeCounter, observeGauge, type Registry } from './metrics'

const nanosecondsPerSecond = 1e9
const microsecondsPerSecond = 1e6
/** Each sample wakes the process, also an idle one, for 50 µs of CPU time. Longer delays are never missed. */
const sampleIntervalMs = 500

/**
 * Registers the metrics of the process: event loop, garbage collection, memory, CPU time, open files. Each is registered singly,
 * since the defaults of prom-client contain gauges whose names end in `_total`.
 *
 * @returns a function that stops measuring
 */
export function registerProcessMetrics(registry: Registry): () => void {
  const stopEventLoop = registerEventLoopMetrics(registry)
  const stopGarbageCollection = registerGarbageCollectionMetrics(registry)
  registerMemoryMetrics(registry)
  registerOperatingSystemMetrics(registry)
  return () => {
    stopEventLoop()
    stopGarbageCollection()
  }
}

/** https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/ */
function registerEventLoopMetrics(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: sampleIntervalMs })
  delay.enable()
  // Read once per scrape and then reset, so that each value is of the time since the previous scrape.
  const statistics = {
    p50: () => delay.percentile(50),
    p90: () => delay.percentile(90),
    p99: () => delay.percentile(99),
    max: () => delay.max,
  }
  const last = Object.keys(statistics).at(-1)
  for (const [name, read] of Object.entries(statistics)) {
    const help = `Event-loop delay since the previous scrape: ${name}.`
    observeGauge(
      { name: `nodejs_eventloop_delay_${name}_seconds`, help, aggregator: 'max', registry },
      (report) => {
        // Measures the time between two samples.
        report(delay.count === 0 ? 0 : Math.max(0, read() / nanosecondsPerSecond - sampleIntervalMs / 1000))
        if (name === last) delay.reset()
      },
    )
  }
  observeCounter(
    {
      name: 'nodejs_eventloop_time_seconds_total',
      help: 'Time that the event loop has been active or idle.',
      labelNames: ['nodejs_eventloop_state'],
      registry,
    },
    (report) => {
      const { active, idle } = performance.eventLoopUtilization()
      report(active / 1000, { nodejs_eventloop_state: 'active' })
      report(idle / 1000, { nodejs_eventloop_state: 'idle' })
    },
  )
  return () => delay.disable()
}

const garbageCollectionTypes: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** https://opentelemetry.io/docs/specs/semconv/runtime/v8js-metrics/ */
function registerGarbageCollectionMetrics(registry: Registry): () => void {
  const duration = new Histogram({
    name: 'v8js_gc_duration_seconds',
    help: 'Duration of garbage collections.',
    labelNames: ['v8js_gc_type'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 1],
    registers: [registry],
  })
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind: unknown = Reflect.get(Object(Reflect.get(entry, 'detail')), 'kind')
      const type = typeof kind === 'number' ? garbageCollectionTypes.get(kind) : undefined
      if (type !== undefined) duration.observe({ v8js_gc_type: type }, entry.duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}

function registerMemoryMetrics(registry: Registry): void {
  const labelNames = ['v8js_heap_space_name'] as const
  const byHeapSpace = (name: string, help: string, field: 'space_used_size' | 'space_size') =>
    observeGauge({ name, help, labelNames, registry }, (report) => {
      for (const space of getHeapSpaceStatistics())
        report(space[field], { v8js_heap_space_name: space.space_name })
    })
  byHeapSpace('v8js_memory_heap_used_bytes', 'Used memory of each heap space.', 'space_used_size')
  byHeapSpace('v8js_memory_heap_limit_bytes', 'Size of each heap space.', 'space_size')
  observeGauge({ name: 'process_resident_memory_bytes', help: 'Resident memory.', registry }, (report) =>
    report(process.memoryUsage.rss()),
  )
}

/**
 * Registers https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics: OpenTelemetry's names have endings that
 * `promtool check metrics` rejects.
 */
function registerOperatingSystemMetrics(registry: Registry): void {
  observeCounter(
    { name: 'process_cpu_seconds_total', help: 'CPU time of user and system.', registry },
    (report) => {
      const times = Object.values(process.cpuUsage())
      report(times.reduce((sum, time) => sum + time, 0) / microsecondsPerSecond)
    },
  )
  observeGauge(
    {
      name: 'process_start_time_seconds',
      help: 'Time when the process started, in seconds since 1970.',
      aggregator: 'min',
      registry,
    },
    (report) => report(performance.timeOrigin / 1000),
  )
  if (process.platform !== 'linux') return
  observeGauge({ name: 'process_open_fds', help: 'Open file descriptors.', registry }, async (report) =>
    report((await readdir('/proc/self/fd')).length),
  )
  observeGauge(
    { name: 'process_max_fds', help: 'Limit of open file descriptors.', registry },
    async (report) => {
      const limit = /^Max open files +(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1]
      if (limit !== undefined) report(Number(limit))
    },
  )
}
