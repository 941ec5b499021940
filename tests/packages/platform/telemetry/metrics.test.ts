import { Histogram } from 'prom-client'
import { z } from 'zod'

import { readConfig } from '../../../../packages/platform/config/environment'
import { startHttpServer, sendText } from '../../../../packages/platform/http/server'
import { createLog } from '../../../../packages/platform/log'
import { cacheChildren, createNameBound } from '../../../../packages/platform/telemetry/boundedNames'
import { createDurationHistogram } from '../../../../packages/platform/telemetry/durationHistogram'
import { createHttpServerMetrics } from '../../../../packages/platform/telemetry/httpServerMetrics'
import {
  createMetricsRegistry,
  observeCounter,
  observeGauge,
} from '../../../../packages/platform/telemetry/metrics'
import { openMetricsEndpoint } from '../../../../packages/platform/telemetry/metricsRoute'
import { openTelemetry } from '../../../../packages/platform/telemetry/openTelemetry'
import { registerProcessMetrics } from '../../../../packages/platform/telemetry/processMetrics'
import { telemetryConfigShape } from '../../../../packages/platform/telemetry/settings'
import { checkMetrics, hasPromtool } from '../../../support/promtool'
import { openEventStream } from '../../../../packages/sse'
import { waitUntil } from '../../../support/processes'

const log = createLog('test', 'silent')

describe('names as label values', () => {
  it('keeps the first names, and replaces all later ones', () => {
    const bound = createNameBound(2)
    expect(['A', 'B', 'C', 'A', 'D', 'B'].map((name) => bound(name))).toEqual([
      'A',
      'B',
      'other',
      'A',
      'other',
      'B',
    ])
  })

  it('creates one child for each name up to the bound, and one for all others', async () => {
    const registry = createMetricsRegistry()
    const histogram = new Histogram({
      name: 'test_duration_seconds',
      help: 'Test.',
      labelNames: ['name'],
      buckets: [1],
      registers: [registry],
    })
    const childOf = cacheChildren((name) => histogram.labels({ name }), 1)
    for (const name of ['A', 'A', 'B', 'C']) childOf(name).observe(0.5)
    const text = await registry.metrics()
    expect(text).toContain('test_duration_seconds_count{name="A"} 2')
    expect(text).toContain('test_duration_seconds_count{name="other"} 2')
    expect(text).not.toMatch(/name="[BC]"/)
  })
})

it('reads observed instruments when the metrics are scraped, and forgets labels that are no longer reported', async () => {
  const registry = createMetricsRegistry()
  const sizes = new Map([['a', 1]])
  let total = 1
  observeGauge({ name: 'test_size', help: 'Test.', labelNames: ['name'], registry }, (report) => {
    for (const [name, size] of sizes) report(size, { name })
  })
  observeCounter({ name: 'test_total', help: 'Test.', registry }, (report) => report(total))
  expect(await registry.metrics()).toContain('test_size{name="a"} 1')
  sizes.delete('a')
  sizes.set('b', 2)
  total = 5
  const text = await registry.metrics()
  expect(text).toContain('test_size{name="b"} 2')
  expect(text).toContain('test_total 5')
  expect(text).not.toContain('"a"')
})

it('exports the same lines for a histogram of durations as prom-client', async () => {
  const registries = [createMetricsRegistry(), createMetricsRegistry()] as const
  const names = { name: 'test_duration_seconds', help: 'Test.', labelNames: ['route', 'status'] }
  const findSeries = createDurationHistogram({ ...names, registry: registries[0] })
  const expected = new Histogram({
    ...names,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    registers: [registries[1]],
  })
  findSeries('/never', '200')
  for (const seconds of [0, 0.001, 0.0011, 0.3, 10, 11]) {
    for (const status of ['200', '500']) {
      findSeries('/', status)(seconds)
      expected.observe({ route: '/', status }, seconds)
    }
  }
  const [text, expectedText] = await Promise.all(registries.map((registry) => registry.metrics()))
  expect(text).toBe(expectedText)
})

it('registers the metrics of a process in several registries independently', async () => {
  const registries = [createMetricsRegistry(), createMetricsRegistry()]
  const stops = registries.map(registerProcessMetrics)
  try {
    for (const registry of registries) {
      const text = await registry.metrics()
      expect(text).toMatch(/^process_cpu_seconds_total \d/m)
      expect(text).toMatch(/^process_resident_memory_bytes \d/m)
      expect(text).toMatch(/^process_start_time_seconds \d{10}/m)
      expect(text).toMatch(/^nodejs_eventloop_delay_p99_seconds \d/m)
      expect(text).toMatch(/^v8js_memory_heap_used_bytes\{v8js_heap_space_name="old_space"\} \d/m)
    }
  } finally {
    for (const stop of stops) stop()
  }
})

describe('the HTTP server', () => {
  it('measures requests by route and status, and not streams of events', async () => {
    const registry = createMetricsRegistry()
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      log,
      metrics: createHttpServerMetrics(registry),
      routes: {
        '/hello': (_request, response) => sendText(response, 200, 'hello'),
        '/stream': (_request, response) => {
          openEventStream(response, { signal: new AbortController().signal, heartbeatMs: 1000 }).complete()
        },
      },
    })
    try {
      for (const path of ['/hello', '/hello?name=x', '/stream', '/missing'])
        await (await fetch(`${server.url}${path}`)).text()
      const read = () => registry.metrics()
      await waitUntil('no request is active', async () =>
        (await read()).includes('http_server_active_requests 0'),
      )
      const text = await read()
      expect(text).toContain(
        'http_server_request_duration_seconds_count{http_request_method="GET",http_route="/hello",http_response_status_code="200"} 2',
      )
      expect(text).toContain('{http_request_method="GET",http_route="*",http_response_status_code="404"} 1')
      expect(text).not.toContain('/stream')
      expect(text).toMatch(/^http_server_open_connections [1-9]/m)
      if (hasPromtool) expect(checkMetrics(text)).toBe('')
    } finally {
      await server.close()
    }
  })
})

describe('/metrics', () => {
  const open = (options: { port: number | undefined }) => {
    const registry = createMetricsRegistry()
    observeGauge({ name: 'test_size', help: 'Test.', registry }, (report) => report(7))
    return openMetricsEndpoint({ readMetrics: () => registry.metrics(), host: '127.0.0.1', log, ...options })
  }

  it('is a route of the service itself in development', async () => {
    const { routes, server } = await open({ port: undefined })
    expect(Object.keys(routes)).toEqual(['/metrics'])
    expect(server).toBeUndefined()
  })

  it('does not exist in production without METRICS_PORT, and nothing is measured', async () => {
    const config = {
      ...readConfig(z.object(telemetryConfigShape), {}),
      HOST: '127.0.0.1',
      NODE_ENV: 'production',
    }
    const telemetry = await openTelemetry({ part: 'router', config, log, onClose: () => undefined })
    expect(telemetry).toEqual({
      registry: undefined,
      httpMetrics: undefined,
      metricsRoutes: {},
      tracer: undefined,
    })
  })

  it('has a port of its own with METRICS_PORT', async () => {
    const { routes, server } = await open({ port: 0 })
    try {
      expect(routes).toEqual({})
      const response = await fetch(`${server?.url}/metrics`)
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
      expect(await response.text()).toContain('test_size 7')
    } finally {
      await server?.close()
    }
  })
})

it('has process metrics that promtool accepts', async () => {
  const registry = createMetricsRegistry()
  const stop = registerProcessMetrics(registry)
  const text = await registry.metrics()
  stop()
  expect(text).toContain('# TYPE v8js_gc_duration_seconds histogram')
  if (hasPromtool) expect(checkMetrics(text)).toBe('')
})
