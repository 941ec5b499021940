import type { GraphQLError } from 'graphql'

import type { Log } from '../../platform/log'
import type { OperationInstruments, TraceSpan } from '../../platform/telemetry'
import type { FetchContext } from '../transport/fetchContext'
import type { RouterMetrics, RouterTelemetry } from '../telemetry'
import { readPublicCode } from './errorFormatter'
import type { PreparedOperation } from './operationCache'

/** The status of HTTP; `aborted`: the client disconnected before the end. */
type ResponseStatus = number | 'aborted'

/** Creates the records of requests. */
interface RequestRecorder {
  /** @param traceparent of the client, as it was received */
  start(requestId: string, method: string | undefined, traceparent?: string | string[]): RequestRecord
}

interface RecorderOptions extends RouterTelemetry {
  metrics: RouterMetrics | undefined
  log: Log
}

export function createRequestRecorder(options: RecorderOptions): RequestRecorder {
  const { tracer } = options
  return {
    start(requestId, method, traceparent) {
      const parent = typeof traceparent === 'string' ? traceparent : undefined
      const span = tracer?.startSpan('GraphQL Operation', parent, serverSpan)
      return new RequestRecord(options, requestId, method, span)
    },
  }
}

const serverSpan = { kind: 'server' } as const

/** The times of the stages, in milliseconds: 0 for one that was not needed. */
type Stage = 'validate' | 'plan' | 'execute'

const toSeconds = (milliseconds: number) => milliseconds / 1000
const roundToTenths = (milliseconds: number) => Math.round(milliseconds * 10) / 10

/**
 * Records one request, for its log line, its metrics and its span. The line contains neither variables nor
 * tokens nor addresses.
 */
export class RequestRecord {
  readonly #options: RecorderOptions
  readonly #startMs = performance.now()
  readonly #times: Record<Stage, number> = { validate: 0, plan: 0, execute: 0 }
  #prepared: PreparedOperation | undefined
  #instruments: OperationInstruments | undefined
  #context: FetchContext | undefined
  #executionStartMs: number | undefined
  #executionSpan: TraceSpan | undefined
  #errorCodes: Set<string> | undefined
  #phase: 'open' | 'logged' = 'open'

  constructor(
    options: RecorderOptions,
    readonly requestId: string,
    private readonly method: string | undefined,
    readonly span: TraceSpan | undefined,
  ) {
    this.#options = options
    this.#instruments = options.metrics?.operations.unknown
  }

  /** Records which operation the request contains, and whether its viewer is signed in. */
  setOperation(prepared: PreparedOperation, isSignedIn: boolean): void {
    this.#prepared = prepared
    const { operationName, operationType } = prepared.description
    this.#instruments = this.#options.metrics?.operations.forOperation(
      operationName,
      operationType,
      isSignedIn,
    )
    if (!this.span?.isRecording) return
    const { spanName, spanAttributes } = prepared.description
    this.span.rename(spanName)
    this.span.setAttributes(spanAttributes)
  }

  addErrors(errors: readonly GraphQLError[]): void {
    this.#errorCodes ??= new Set()
    for (const error of errors) {
      const code = readPublicCode(error)
      this.#errorCodes.add(code)
      this.#instruments?.countError(code)
    }
  }

  /** Measures synchronous work for an operation that is not in the cache. */
  measureWork<Result>(stage: 'validate' | 'plan', work: () => Result): Result {
    const startMs = performance.now()
    const span = this.span?.startChild(`graphql.${stage}`)
    try {
      return work()
    } finally {
      const milliseconds = performance.now() - startMs
      this.#times[stage] += milliseconds
      this.#options.metrics?.observePlanning(stage, toSeconds(milliseconds))
      span?.end()
    }
  }

  /** Starts to measure the execution, until the operation is complete. Its fetches become children of its span. */
  startExecution(context: FetchContext): void {
    this.#executionStartMs = performance.now()
    this.#executionSpan = this.span?.startChild('graphql.execute')
    this.#context = context
    context.span = this.#executionSpan ?? this.span
  }

  /** Measures the operation: its response is known, or its events begin. */
  completeOperation(): void {
    const nowMs = performance.now()
    if (this.#executionStartMs !== undefined) this.#times.execute = nowMs - this.#executionStartMs
    this.#executionSpan?.end()
    this.#instruments?.observeDuration(toSeconds(nowMs - this.#startMs))
    // The stream of a subscription may last for hours.
    if (this.#isSubscription) this.#endSpan(200)
  }

  /** Writes the log line when the response has been sent; only the first call counts. */
  complete(status: ResponseStatus): void {
    if (this.#phase === 'logged') return
    this.#phase = 'logged'
    this.#endSpan(status)
    const milliseconds = performance.now() - this.#startMs
    const { log, slowMs } = this.#options
    const isSlow = milliseconds > slowMs && !this.#isSubscription
    const level = isSlow ? 'warn' : 'info'
    if (!log.isLevelEnabled(level)) return
    const fields = this.#createFields(status, milliseconds)
    const plan = isSlow ? this.#prepared?.planned.summarizePlan?.() : undefined
    log[level](plan === undefined ? fields : { ...fields, plan }, 'Request completed')
  }

  get #isSubscription(): boolean {
    return this.#prepared?.description.operationType === 'subscription'
  }

  #createFields(status: ResponseStatus, milliseconds: number): object {
    const { requestId, method, span } = this
    const { validate, plan, execute } = this.#times
    const description = this.#prepared?.description
    return {
      requestId,
      traceId: span?.isRecording ? span.traceId : undefined,
      method,
      status,
      operationType: description?.operationType,
      operationName: description?.operationName,
      operationHash: description?.operationHash,
      errorCodes: this.#errorCodes && [...this.#errorCodes],
      durationMs: roundToTenths(milliseconds),
      validateMs: validate === 0 ? undefined : roundToTenths(validate),
      planMs: plan === 0 ? undefined : roundToTenths(plan),
      executeMs: roundToTenths(execute),
      fetches: this.#context?.fetchCount ?? 0,
    }
  }

  #endSpan(status: ResponseStatus): void {
    const { span } = this
    if (!span?.isRecording) return
    span.setAttributes({
      'http.request.method': this.method,
      'http.response.status_code': status === 'aborted' ? 499 : status,
      'request.id': this.requestId,
    })
    const [code] = this.#errorCodes ?? []
    if (code !== undefined) span.setError(code)
    span.end()
  }
}
