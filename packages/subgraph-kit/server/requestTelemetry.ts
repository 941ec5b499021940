import type { ApolloServerPlugin, BaseContext } from '@apollo/server'
import type { GraphQLFormattedError } from 'graphql'
import type { IncomingMessage } from 'node:http'
import type { Viewer } from '../../auth'
import { currentWork, requestIdHeader, resolveRequestId, type WorkIdentity } from '../../platform'
import type { Log } from '../../platform/log'
import {
  toOperationFields,
  traceparentHeader,
  type OperationType,
  type TraceSpan,
} from '../../platform/telemetry'
import type { SubgraphTelemetry } from '../telemetry/subgraphTelemetry'

/** The operation of a request. */
export interface RequestedOperation {
  type: OperationType
  name: string | undefined
  /** The document's SHA-256 in hexadecimal digits. */
  documentHash: string
}

export interface RequestTelemetry<Context extends BaseContext> {
  /** The record is to be the identity of the request's work. */
  startRecord(request: IncomingMessage, viewer: Viewer): RequestRecord
  /** Adds the operation and the errors of each request to its record. */
  plugin: ApolloServerPlugin<Context>
}

/** Creates the telemetry of the requests of a subgraph: one log line, one span and its metrics for each. */
export function createRequestTelemetry<Context extends BaseContext>(
  telemetry: RecordedTelemetry,
  log: Log,
): RequestTelemetry<Context> {
  return {
    startRecord({ headers }, viewer) {
      const traceparent = headers[traceparentHeader]
      const parent = typeof traceparent === 'string' ? traceparent : undefined
      const span = telemetry.tracer?.startSpan('GraphQL', parent, serverSpan)
      return new RequestRecord(telemetry, log, resolveRequestId(headers[requestIdHeader]), viewer, span)
    },
    plugin: {
      async requestDidStart() {
        return {
          async didResolveOperation({ operation, operationName, queryHash }) {
            if (!operation) return
            findRecord()?.setOperation({
              type: operation.operation,
              name: operationName ?? undefined,
              documentHash: queryHash,
            })
          },
          async willSendResponse({ response: { body } }) {
            if (body.kind === 'single' && body.singleResult.errors)
              findRecord()?.addErrors(body.singleResult.errors)
          },
        }
      },
    },
  }
}

type RecordedTelemetry = Pick<SubgraphTelemetry, 'operations' | 'tracer' | 'slowMs'>

const serverSpan = { kind: 'server' } as const

function findRecord(): RequestRecord | undefined {
  const work = currentWork()
  return work instanceof RequestRecord ? work : undefined
}

/** Records one request, for its log line, its metrics and its span. Identifies the request's work. */
export class RequestRecord implements WorkIdentity {
  readonly #telemetry: RecordedTelemetry
  readonly #log: Log
  readonly #startMs = performance.now()
  #operation: RequestedOperation | undefined
  #errorCodes: readonly string[] = []
  #phase: 'open' | 'ended' = 'open'

  constructor(
    telemetry: RecordedTelemetry,
    log: Log,
    readonly requestId: string,
    private readonly viewer: Viewer,
    readonly span: TraceSpan | undefined,
  ) {
    this.#telemetry = telemetry
    this.#log = log
  }

  setOperation(operation: RequestedOperation): void {
    this.#operation = operation
  }

  addErrors(errors: readonly GraphQLFormattedError[]): void {
    this.#errorCodes = errors.map(readErrorCode)
  }

  /** Logs and counts the request. Later calls are ignored. */
  end(status: number): void {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    const { operations, slowMs } = this.#telemetry
    const operation = this.#operation
    const durationMs = performance.now() - this.#startMs
    const instruments = operation
      ? operations.forOperation(operation.name, operation.type, this.viewer.kind !== 'anonymous')
      : operations.unknown
    instruments.observeDuration(durationMs / 1000)
    for (const code of this.#errorCodes) instruments.countError(code)
    this.#writeLogLine(status, durationMs, durationMs > slowMs)
    this.#endSpan(status)
  }

  #writeLogLine(status: number, durationMs: number, isSlow: boolean): void {
    const log = this.#log
    if (!log.isLevelEnabled(isSlow ? 'warn' : 'info')) return
    const { requestId, span } = this
    const operation = this.#operation
    const codes = this.#errorCodes
    const line = {
      requestId,
      ...(operation && toOperationFields(operation.documentHash, operation.name)),
      status,
      errorCodes: codes.length > 0 ? [...new Set(codes)] : undefined,
      durationMs: Math.round(durationMs * 10) / 10,
      traceId: span?.isRecording ? span.traceId : undefined,
    }
    if (isSlow) log.warn(line, 'A request was slow')
    else log.info(line, 'Request completed')
  }

  #endSpan(status: number): void {
    const { span } = this
    if (!span?.isRecording) return
    const operation = this.#operation
    if (operation) {
      const { type, name, documentHash } = operation
      const { operationName, operationHash } = toOperationFields(documentHash, name)
      span.rename(operationName === undefined ? type : `${type} ${operationName}`)
      span.setAttributes({
        'graphql.operation.type': type,
        'graphql.operation.name': operationName,
        'graphql.document.hash': operationHash,
      })
    }
    span.setAttributes({ 'http.response.status_code': status })
    const [errorCode] = this.#errorCodes
    if (errorCode !== undefined) span.setError(errorCode)
    else if (status >= 500) span.setError(String(status))
    span.end()
  }
}

/** Codes are those of the closed list, and of Apollo Server: no text of a client. */
export function readErrorCode({ extensions }: GraphQLFormattedError): string {
  const code = extensions?.['code']
  return typeof code === 'string' ? code : 'UNKNOWN'
}
