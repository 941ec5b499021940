import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { compareSystems, type Comparison, type ComparisonOptions } from './compareSystems'
import type { BenchSystem } from './system'

type TelemetryCostOptions = Omit<ComparisonOptions, 'baseline' | 'current' | 'betweenRounds'>

/** Of the compared system: behind the ports of both. */
const metricsPortOffset = 20
const processCount = 5
/** On a busy machine, slow requests would add to the work of the system that logs them. */
const sharedSettings = { NODE_ENV: 'production', SLOW_MS: '60000' }

/**
 * Compares the CPU time of requests with and without telemetry: one system has metrics, log lines, and traces of 1 % of the
 * requests; the other one has neither, which is checked.
 */
export async function measureTelemetryCost(options: TelemetryCostOptions): Promise<Comparison[]> {
  const collector = await startCollector()
  const metricsPort = options.port + metricsPortOffset
  try {
    const comparisons = await compareSystems({
      ...options,
      baseline: { environment: { ...sharedSettings, LOG_LEVEL: 'error' } },
      current: {
        environment: {
          ...sharedSettings,
          LOG_LEVEL: 'info',
          METRICS_PORT: String(metricsPort),
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
          OTEL_TRACES_SAMPLER_ARG: '0.01',
        },
      },
      // How much a scrape contributes to the time of a request depends on its interval.
      async betweenRounds({ baseline, current }, sent) {
        await requireTelemetry(current, metricsPort, sent)
        await requireNoTelemetry(baseline)
      },
    })
    if (collector.countExports() === 0) throw new Error('No traces were exported.')
    return comparisons
  } finally {
    await collector.close()
  }
}

/** @throws Error unless the metrics and the log lines of the router count the requests */
async function requireTelemetry(system: BenchSystem, metricsPort: number, sent: number): Promise<void> {
  const texts = await Promise.all(
    Array.from({ length: processCount }, async (_, offset) =>
      (await fetch(`http://127.0.0.1:${metricsPort + offset}/metrics`)).text(),
    ),
  )
  const measured = [...(texts[0] ?? '').matchAll(/^graphql_operation_duration_seconds_count\{.*\} (\d+)$/gm)]
  const count = measured.reduce((sum, [, value]) => sum + Number(value), 0)
  if (count < sent) throw new Error(`The metrics count ${count} of ${sent} requests.`)
  await system.waitForLogLines(sent)
}

/** @throws Error when a system has metrics, or logs requests */
async function requireNoTelemetry({ url, countLogLines }: BenchSystem): Promise<void> {
  const { status } = await fetch(new URL('/metrics', url))
  if (status !== 404) throw new Error(`The system without metrics responds to /metrics with ${status}.`)
  if (countLogLines() > 0) throw new Error('The system without log lines has logged a request.')
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
    countExports: () => count,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
