import {
  createSampler,
  toSampledTraceId,
  UnsampledSpan,
} from '../../../../packages/platform/telemetry/sampling'
import { parseTraceparent } from '../../../../packages/platform/telemetry/tracing'
import type { TelemetryConfig } from '../../../../packages/platform/telemetry/settings'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const sampled = { traceId, spanId, isSampled: true }
const unsampled = { traceId, spanId, isSampled: false }
const link = `00-${traceId}-${spanId}-01`

const create = (name: TelemetryConfig['OTEL_TRACES_SAMPLER'], ratio = 1) =>
  createSampler({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio })

it.each([
  ['always_on', 1, [true, true, true]],
  ['always_off', 1, [false, false, false]],
  ['traceidratio', 0, [false, false, false]],
  ['traceidratio', 1, [true, true, true]],
  ['parentbased_always_on', 1, [true, false, true]],
  ['parentbased_always_off', 1, [true, false, false]],
  ['parentbased_traceidratio', 0, [true, false, false]],
  ['parentbased_traceidratio', 1, [true, false, true]],
] as const)('%s with %d decides for a sampled, an unsampled and no parent: %j', (name, ratio, expected) => {
  const decide = create(name, ratio)
  expect([sampled, unsampled, undefined].map((parent) => decide(parent, undefined))).toEqual(expected)
})

it('samples a share of the traces, and the same ones in every process', () => {
  const decide = create('traceidratio', 0.25)
  const decideTrace = (suffix: string) =>
    decide({ ...sampled, traceId: traceId.slice(0, -14) + suffix }, undefined)
  expect([decideTrace('3ff00000000000'), decideTrace('40000000000000')]).toEqual([true, false])
  const roots = Array.from({ length: 2000 }, () => decide(undefined, undefined))
  const share = roots.filter(Boolean).length / roots.length
  expect(share).toBeGreaterThan(0.15)
  expect(share).toBeLessThan(0.35)
})

it.each([0.01, 0.5, 1])('decides with the ratio %d as the process that has started the trace', (ratio) => {
  const decide = create('traceidratio', ratio)
  for (let count = 0; count < 100; count++) {
    expect(decide({ ...sampled, traceId: toSampledTraceId(traceId, ratio) }, undefined)).toBe(true)
    const { traceparent } = new UnsampledSpan(undefined)
    expect(decide(parseTraceparent(traceparent), undefined)).toBe(false)
  }
})

it('samples a trace that a sampled one has caused', () => {
  const decide = create('parentbased_always_off')
  expect(decide(undefined, [undefined, link])).toBe(true)
  expect(decide(undefined, [link.replace(/01$/, '00')])).toBe(false)
  expect(decide(unsampled, [link])).toBe(false)
})

it('gives spans that are not sampled valid and distinct identities', () => {
  const identities = [new UnsampledSpan(undefined), new UnsampledSpan(undefined)].map(({ traceparent }) =>
    parseTraceparent(traceparent),
  )
  expect(identities).toEqual([
    { traceId: expect.any(String), spanId: expect.any(String), isSampled: false },
    { traceId: expect.any(String), spanId: expect.any(String), isSampled: false },
  ])
  expect(identities[0]).not.toEqual(identities[1])
})
