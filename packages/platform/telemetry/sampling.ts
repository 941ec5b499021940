import type { TelemetryConfig } from './settings'
import { parseTraceparent, type RemoteSpan, type TraceSpan } from './tracing'

/**
 * Decides whether a trace is recorded.
 *
 * @param parent the span of the caller; undefined for the first span of a trace
 * @param links the spans that have caused this one
 */
type DecideSampling = (
  parent: RemoteSpan | undefined,
  links: readonly (string | undefined)[] | undefined,
) => boolean

/**
 * Creates the sampler of OTEL_TRACES_SAMPLER (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 * It decides before the SDK starts a span: a request that is not sampled then costs next to nothing. The samplers with
 * `parentbased_` also record a span that is linked to a recorded one, so that both ends of a link exist.
 */
export function createSampler({
  OTEL_TRACES_SAMPLER: name,
  OTEL_TRACES_SAMPLER_ARG: ratio,
}: Pick<TelemetryConfig, 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'>): DecideSampling {
  const root = name.replace('parentbased_', '')
  const decideRoot = (traceId: string | undefined): boolean => {
    if (root === 'traceidratio')
      return (traceId === undefined ? Math.random() : readFraction(traceId)) < ratio
    return root === 'always_on'
  }
  if (root === name) return (parent) => decideRoot(parent?.traceId)
  return (parent, links) => parent?.isSampled ?? (links?.some(isSampled) || decideRoot(undefined))
}

/** Returns a number from 0 to 1 that is the same for all spans of a trace: the last 7 bytes of its ID are random. */
const readFraction = (traceId: string): number => Number.parseInt(traceId.slice(-14), 16) / 2 ** 56

const isSampled = (link: string | undefined): boolean => parseTraceparent(link)?.isSampled ?? false

/**
 * Returns a trace ID with the same beginning for which {@link readFraction} is below the ratio, so that other processes, which
 * see only the ID, record the trace as well.
 */
export const toSampledTraceId = (traceId: string, ratio: number): string =>
  traceId.slice(0, -14) +
  Math.floor(Math.random() * ratio * 2 ** 56)
    .toString(16)
    .padStart(14, '0')

const prefix = Math.floor(Math.random() * 2 ** 32)
  .toString(16)
  .padStart(8, 'a')
let count = 0

/** A span that is not recorded. It passes the decision on, so that other processes record no part of the trace either. */
export class UnsampledSpan implements TraceSpan {
  readonly isRecording = false
  #traceparent: string | undefined

  /** @param traceparent of the caller; undefined for the first span of a trace */
  constructor(traceparent: string | undefined) {
    this.#traceparent = traceparent
  }

  get traceparent(): string {
    return (this.#traceparent ??= createUnsampledTraceparent())
  }

  get traceId(): string {
    return this.traceparent.slice(3, 35)
  }

  startChild(): undefined {
    return undefined
  }

  rename(): void {}
  setAttributes(): void {}
  setError(): void {}
  end(): void {}
}

/** Nothing is recorded under these IDs, so that they need not be random: no ratio samples a trace ID with this end. */
function createUnsampledTraceparent(): string {
  const id = (++count).toString(16).padStart(8, '0')
  return `00-${prefix}${id}ffffffffffffffff-${prefix}${id}-00`
}
