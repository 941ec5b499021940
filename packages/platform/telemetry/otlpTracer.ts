import {
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SpanKind as OtelSpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  type Tracer as OtelTracer,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace'

import type { Log } from '../log'
import type { TelemetryConfig } from './settings'
import {
  formatTraceparent,
  parseTraceparent,
  type SpanAttributes,
  type SpanKind,
  type SpanOptions,
  type Tracer,
  type TraceSpan,
} from './tracing'

/** A tracer that exports its spans, to be closed at the end of the process. */
export interface OtlpTracer extends Tracer {
  /** Sends the spans that wait, for {@link flushTimeoutMs} at most. Never rejects. */
  close(): Promise<void>
}

const flushTimeoutMs = 2_000

type OtlpTracerConfig = Pick<
  TelemetryConfig,
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  | 'OTEL_RESOURCE_ATTRIBUTES'
  | 'OTEL_SERVICE_NAME'
  | 'OTEL_TRACES_SAMPLER'
  | 'OTEL_TRACES_SAMPLER_ARG'
>

/**
 * Creates a tracer that exports spans in batches over OTLP/HTTP, as JSON. The exporter itself reads the other standard variables,
 * such as OTEL_EXPORTER_OTLP_HEADERS. A collector that does not respond is logged once, and its spans are dropped.
 *
 * @param part the name of the process, unless OTEL_SERVICE_NAME is set
 */
export function createOtlpTracer(part: string, config: OtlpTracerConfig, log: Log): OtlpTracer {
  const exporter = reportFailures(new OTLPTraceExporter({ url: readExporterUrl(config) }), log)
  const resource = resourceFromAttributes({
    'service.namespace': 'agora',
    'service.name': part,
    ...readResourceAttributes(config.OTEL_RESOURCE_ATTRIBUTES),
    ...(config.OTEL_SERVICE_NAME !== undefined && { 'service.name': config.OTEL_SERVICE_NAME }),
  })
  const provider = new TracerProvider({
    resource: defaultResource().merge(resource),
    sampler: createSampler(config),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000 })],
  })
  const tracer = provider.getTracer('agora')
  return {
    startSpan: (name, traceparent, options) => startSpan(tracer, name, readParent(traceparent), options),
    close: () => flush(provider, log),
  }
}

function readExporterUrl(config: OtlpTracerConfig): string {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole, OTEL_EXPORTER_OTLP_ENDPOINT: base } = config
  return whole ?? `${(base ?? 'http://localhost:4318').replace(/\/$/, '')}/v1/traces`
}

function readResourceAttributes(text: string | undefined): Attributes {
  const pairs = (text ?? '').split(',').filter((pair) => pair.includes('='))
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name.trim(), decode(value.join('=').trim())]
    }),
  )
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function createSampler(config: OtlpTracerConfig): Sampler {
  const { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio } = config
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio)
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: followLinks(new AlwaysOnSampler()) })
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: followLinks(new AlwaysOffSampler()) })
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: followLinks(new TraceIdRatioBasedSampler(ratio)) })
  }
}

/** Samples a trace that was caused by a sampled one, so that both ends of a link exist. */
const followLinks = (sampler: Sampler): Sampler => ({
  shouldSample(context, traceId, name, kind, attributes, links) {
    const isCausedBySampled = links.some((link) => (link.context.traceFlags & TraceFlags.SAMPLED) !== 0)
    return isCausedBySampled
      ? { decision: SamplingDecision.RECORD_AND_SAMPLED }
      : sampler.shouldSample(context, traceId, name, kind, attributes, links)
  },
})

/** Logs the first failure of a series, and the first success after it. Failed spans are dropped: requests matter more. */
function reportFailures(exporter: SpanExporter, log: Log): SpanExporter {
  let phase: 'working' | 'failing' = 'working'
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error && phase === 'working') {
          phase = 'failing'
          log.warn(
            { reason: result.error.message },
            'Traces cannot be exported and are dropped until the collector responds. Check OTEL_EXPORTER_OTLP_ENDPOINT.',
          )
        } else if (!result.error && phase === 'failing') {
          phase = 'working'
          log.info('Traces are exported again')
        }
        // A failure is handled: otherwise the processor would report it again.
        done({ code: 0 })
      })
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}

async function flush(provider: TracerProvider, log: Log): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timeout'>(
    (resolve) => (timer = setTimeout(resolve, flushTimeoutMs, 'timeout')),
  )
  const end = await Promise.race([provider.shutdown().catch(() => undefined), timeout])
  clearTimeout(timer)
  if (end === 'timeout') log.warn('The collector of traces did not respond in time: the last traces are lost')
}

function readParent(traceparent: string | undefined): Context {
  const remote = toSpanContext(traceparent)
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT
}

function toSpanContext(traceparent: string | undefined): SpanContext | undefined {
  const remote = parseTraceparent(traceparent)
  if (!remote) return undefined
  const { traceId, spanId, isSampled } = remote
  return { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true }
}

const kinds: Record<SpanKind, OtelSpanKind> = {
  internal: OtelSpanKind.INTERNAL,
  server: OtelSpanKind.SERVER,
  client: OtelSpanKind.CLIENT,
  producer: OtelSpanKind.PRODUCER,
  consumer: OtelSpanKind.CONSUMER,
}

function startSpan(
  tracer: OtelTracer,
  name: string,
  parent: Context,
  { kind = 'internal', attributes, links }: SpanOptions = {},
): TraceSpan {
  const span = tracer.startSpan(
    name,
    {
      kind: kinds[kind],
      attributes: attributes && withoutUndefined(attributes),
      links: links?.flatMap(toLink),
    },
    parent,
  )
  return new OtelSpan(tracer, span)
}

function toLink(traceparent: string | undefined): Link[] {
  const context = toSpanContext(traceparent)
  return context ? [{ context }] : []
}

const withoutUndefined = (attributes: SpanAttributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))

class OtelSpan implements TraceSpan {
  readonly #tracer: OtelTracer
  readonly #span: Span
  readonly #context: SpanContext
  readonly isRecording: boolean

  constructor(tracer: OtelTracer, span: Span) {
    this.#tracer = tracer
    this.#span = span
    this.#context = span.spanContext() ?? INVALID_SPAN_CONTEXT
    this.isRecording = span.isRecording()
  }

  get traceId(): string {
    return this.#context.traceId
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#context
    return formatTraceparent({ traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 })
  }

  startChild(name: string, options?: SpanOptions): TraceSpan | undefined {
    if (!this.isRecording) return undefined
    return startSpan(this.#tracer, name, trace.setSpan(ROOT_CONTEXT, this.#span), options)
  }

  rename(name: string): void {
    this.#span.updateName(name)
  }

  setAttributes(attributes: SpanAttributes): void {
    if (this.isRecording) this.#span.setAttributes(withoutUndefined(attributes))
  }

  setError(errorType: string): void {
    this.#span.setAttribute('error.type', errorType)
    this.#span.setStatus({ code: SpanStatusCode.ERROR })
  }

  end(): void {
    if (this.#span.isRecording()) this.#span.end()
  }
}
