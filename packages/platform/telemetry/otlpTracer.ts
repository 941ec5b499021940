import {
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
  AlwaysOnSampler,
  BatchSpanProcessor,
  RandomIdGenerator,
  TracerProvider,
  type IdGenerator,
  type SpanExporter,
} from '@opentelemetry/sdk-trace'

import type { Log } from '../log'
import { createSampler, toSampledTraceId, UnsampledSpan } from './sampling'
import type { TelemetryConfig } from './settings'
import {
  formatTraceparent,
  isUnsampled,
  parseTraceparent,
  type RemoteSpan,
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
    // Only spans that are sampled reach the SDK.
    sampler: new AlwaysOnSampler(),
    idGenerator: createIdGenerator(config),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: selectExportDelayMs(config) })],
  })
  const tracer = provider.getTracer('agora')
  const isSampled = createSampler(config)
  const followsParent = config.OTEL_TRACES_SAMPLER.startsWith('parentbased_')
  return {
    startSpan(name, traceparent, options) {
      // Most requests, which are to cost next to nothing.
      if (followsParent && isUnsampled(traceparent)) return new UnsampledSpan(traceparent)
      const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent)
      if (!isSampled(parent, options?.links)) return new UnsampledSpan(parent && markUnsampled(parent))
      const context = parent ? trace.setSpanContext(ROOT_CONTEXT, toSpanContext(parent)) : ROOT_CONTEXT
      return startSpan(tracer, name, context, options)
    },
    close: () => flush(provider, log),
  }
}

/**
 * Returns how long spans wait for others, at most: 5 s, the default of the specification. Where only a part of the
 * requests is traced, it is 30 s: an export takes 2 ms of CPU time and more, also one of a single span, which would be
 * most of the cost of telemetry.
 */
const selectExportDelayMs = ({ OTEL_TRACES_SAMPLER: sampler }: OtlpTracerConfig): number =>
  sampler.endsWith('traceidratio') ? 30_000 : 5_000

function createIdGenerator(config: OtlpTracerConfig): IdGenerator {
  const { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio } = config
  const random = new RandomIdGenerator()
  if (!sampler.endsWith('traceidratio')) return random
  return {
    generateTraceId: () => toSampledTraceId(random.generateTraceId(), ratio),
    generateSpanId: () => random.generateSpanId(),
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

const markUnsampled = (parent: RemoteSpan): string => formatTraceparent({ ...parent, isSampled: false })

const toSpanContext = ({ traceId, spanId, isSampled }: RemoteSpan): SpanContext => ({
  traceId,
  spanId,
  traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: true,
})

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
      attributes,
      links: links?.flatMap(toLink),
    },
    parent,
  )
  return new OtelSpan(tracer, span)
}

function toLink(traceparent: string | undefined): Link[] {
  const remote = parseTraceparent(traceparent)
  return remote ? [{ context: toSpanContext(remote) }] : []
}

class OtelSpan implements TraceSpan {
  readonly isRecording = true
  readonly #tracer: OtelTracer
  readonly #span: Span

  constructor(tracer: OtelTracer, span: Span) {
    this.#tracer = tracer
    this.#span = span
  }

  get traceId(): string {
    return this.#span.spanContext().traceId
  }

  get traceparent(): string {
    const { traceId, spanId } = this.#span.spanContext()
    return formatTraceparent({ traceId, spanId, isSampled: true })
  }

  startChild(name: string, options?: SpanOptions): TraceSpan {
    return startSpan(this.#tracer, name, trace.setSpan(ROOT_CONTEXT, this.#span), options)
  }

  rename(name: string): void {
    this.#span.updateName(name)
  }

  setAttributes(attributes: SpanAttributes): void {
    // The SDK ignores undefined values.
    this.#span.setAttributes(attributes)
  }

  setError(errorType: string): void {
    this.#span.setAttribute('error.type', errorType)
    this.#span.setStatus({ code: SpanStatusCode.ERROR })
  }

  end(): void {
    if (this.#span.isRecording()) this.#span.end()
  }
}
