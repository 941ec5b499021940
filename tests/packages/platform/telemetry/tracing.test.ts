import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

import { readConfig } from '../../../../packages/platform/config/environment'
import { openTelemetry } from '../../../../packages/platform/telemetry/openTelemetry'
import { telemetryConfigShape } from '../../../../packages/platform/telemetry/settings'
import { formatTraceparent, parseTraceparent } from '../../../../packages/platform/telemetry/tracing'
import { createCapturedLog } from '../../../support/capturedLog'
import { startOtlpCollector } from '../../../support/otlpCollector'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const sampled = `00-${traceId}-${spanId}-01`

/** Opens the telemetry of a process with these variables. */
async function open(environment: NodeJS.ProcessEnv) {
  const config = readConfig(z.object(telemetryConfigShape), environment)
  const { log, lines } = createCapturedLog()
  const closers: (() => Promise<void> | void)[] = []
  const { tracer } = await openTelemetry({
    part: 'test',
    config: { ...config, HOST: '127.0.0.1', NODE_ENV: 'production' },
    log,
    onClose: (close) => void closers.push(close),
  })
  return {
    tracer,
    lines,
    async close() {
      for (const close of closers.reverse()) await close()
    },
  }
}

describe('traceparent', () => {
  it('is parsed and formatted', () => {
    const span = { traceId, spanId, isSampled: true }
    expect(parseTraceparent(sampled)).toEqual(span)
    expect(formatTraceparent(span)).toBe(sampled)
    expect(parseTraceparent(`00-${traceId}-${spanId}-00`)).toEqual({ ...span, isSampled: false })
  })

  it('may have a later version with further fields', () => {
    expect(parseTraceparent(`01-${traceId}-${spanId}-01-more`)).toMatchObject({ traceId })
  })

  it.each([
    undefined,
    '',
    'x',
    sampled.toUpperCase(),
    `${sampled}-more`,
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
  ])('is ignored when it is malformed: %s', (text) => {
    expect(parseTraceparent(text)).toBeUndefined()
  })
})

it.each([
  {},
  { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' },
  { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' },
])('has no tracer with %j', async (environment) => {
  const { tracer, close } = await open(environment)
  await close()
  expect(tracer).toBeUndefined()
})

it('exports a trace that continues that of the caller, with links, attributes and errors', async () => {
  const collector = await startOtlpCollector()
  try {
    const { tracer, lines, close } = await open({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test%20bed',
    })
    const span = tracer?.startSpan('request', sampled, { kind: 'server', attributes: { a: 1, b: undefined } })
    const child = span?.startChild('fetch', { kind: 'client', links: [sampled, 'malformed', undefined] })
    child?.setError('TIMEOUT')
    child?.end()
    span?.rename('query Home')
    span?.end()
    span?.end()
    await close()
    expect(lines).toEqual([])
    expect(collector.spans).toHaveLength(2)
    const [fetchSpan, requestSpan] = collector.spans
    expect(requestSpan).toMatchObject({
      service: 'test',
      traceId,
      parentSpanId: spanId,
      name: 'query Home',
      attributes: { a: 1 },
    })
    expect(fetchSpan).toMatchObject({
      traceId,
      parentSpanId: requestSpan?.spanId,
      attributes: { 'error.type': 'TIMEOUT' },
      links: [{ traceId, spanId }],
      status: { code: 2 },
    })
    expect(span?.traceparent).toBe(`00-${traceId}-${requestSpan?.spanId}-01`)
  } finally {
    await collector.close()
  }
})

it('passes on the identity of a trace that is not sampled, without spans inside the process', async () => {
  const { tracer, close } = await open({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0',
  })
  const span = tracer?.startSpan('request', undefined)
  expect(span?.isRecording).toBe(false)
  expect(span?.startChild('fetch')).toBeUndefined()
  expect(span?.traceparent).toBe(`00-${span?.traceId}-${span?.traceparent.slice(36, 52)}-00`)
  expect(tracer?.startSpan('request', sampled)).toMatchObject({ isRecording: true, traceId })
  const linked = tracer?.startSpan('deliver', undefined, { links: [sampled] })
  expect(linked?.isRecording).toBe(true)
  expect(linked?.traceId).not.toBe(traceId)
  await close()
})

it('logs once that the collector cannot be reached, and closes within its bound', async () => {
  const refused = createServer()
  await new Promise<void>((resolve) => refused.listen(0, '127.0.0.1', resolve))
  const { port } = refused.address() as AddressInfo
  await new Promise((resolve) => refused.close(resolve))
  // Read by the exporter itself, which otherwise retries for 10 s.
  process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '300'
  const { tracer, lines, close } = await open({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  })
  for (let index = 0; index < 1_500; index++) tracer?.startSpan('request', undefined).end()
  await close()
  expect(lines.map(({ msg }) => msg)).toEqual([expect.stringContaining('Traces cannot be exported')])
  delete process.env['OTEL_EXPORTER_OTLP_TIMEOUT']
})

it.each([
  ['OTEL_TRACES_SAMPLER', 'sometimes'],
  ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'production'],
  ['METRICS_PORT', '70000'],
])('refuses %s=%s', (name, value) => {
  expect(() => readConfig(z.object(telemetryConfigShape), { [name]: value })).toThrow(name)
})
