/** The kind of work that a span describes, as in OpenTelemetry (https://opentelemetry.io/docs/specs/otel/trace/api/#spankind). */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>

export interface SpanOptions {
  /** Default: `internal`. */
  kind?: SpanKind
  attributes?: SpanAttributes
  /** The `traceparent` values of spans of other traces that have caused this one, such as those of published events. */
  links?: readonly (string | undefined)[]
}

/**
 * A span of a trace. It is passed explicitly or in the request scope; code without a span has `undefined`, so that
 * `span?.startChild(…)` costs nothing when tracing is off.
 */
export interface TraceSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** False when the sampler has decided against the trace: only the identity of the trace is passed on. */
  readonly isRecording: boolean
  /** The value of the `traceparent` header of requests that belong to the span (https://www.w3.org/TR/trace-context/). */
  readonly traceparent: string
  /** Starts a child; undefined when the span does not record. */
  startChild(name: string, options?: SpanOptions): TraceSpan | undefined
  /** Replaces the name, which is not final before the operation is known. */
  rename(name: string): void
  setAttributes(attributes: SpanAttributes): void
  /** Marks the span as failed. @param errorType the code of the error, as `error.type` */
  setError(errorType: string): void
  /** Ends the span. Later calls are ignored. */
  end(): void
}

/** Starts the traces of a process. */
export interface Tracer {
  /**
   * Starts the first span of this process in a trace.
   *
   * @param traceparent of the caller, as it was received; a new trace begins without one, or with a malformed one
   */
  startSpan(name: string, traceparent: string | undefined, options?: SpanOptions): TraceSpan
}

/** The name of the W3C header, and of the field of server-sent events, that carries the identity of a span. */
export const traceparentHeader = 'traceparent'

const traceparentPattern = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/

/** The identity of a span in another process. */
export interface RemoteSpan {
  traceId: string
  spanId: string
  isSampled: boolean
}

/** Parses a `traceparent`; undefined when it is malformed (https://www.w3.org/TR/trace-context/#traceparent-header). */
export function parseTraceparent(text: string | undefined): RemoteSpan | undefined {
  const match = text === undefined ? null : traceparentPattern.exec(text)
  if (!match) return undefined
  const [, version, traceId = '', spanId = '', flags = '', rest] = match
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

const unsampledPattern = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-00$/

/** Returns whether a `traceparent` is well formed, and its trace is not recorded; faster than {@link parseTraceparent}. */
export const isUnsampled = (text: string | undefined): boolean =>
  text !== undefined && unsampledPattern.test(text)

/** Formats the identity of a span as `traceparent`. */
export const formatTraceparent = ({ traceId, spanId, isSampled }: RemoteSpan): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
