import type { ApolloServerPlugin, BaseContext } from '@apollo/server'
import type { GraphQLFormattedError } from 'graphql'
import type { IncomingMessage } from 'node:http'
import { currentWork, requestIdHeader, resolveRequestId, type WorkIdentity } from '../../platform'
import type { Log } from '../../platform/log'
import { traceparentHeader, type OperationType, type TraceSpan } from '../../platform/telemetry'
import type { SubgraphTelemetry } from '../telemetry/subgraphTelemetry'

/** The operation of a request. */
export interface RequestedOperation {
  type: OperationType
  name: string | undefined
  /** The document's SHA-256 in hexadecimal digits. */
  documentHash: string
}

/** What is measured, traced and logged about one request. */
export interface RequestRecord extends WorkIdentity {
  readonly requestId: string
  setOperation(operation: RequestedOperation): void
  addErrors(errors: readonly GraphQLFormattedError[]): void
  /** Logs and counts the request. Later calls are ignored. */
  end(status: number): void
}

export interface RequestTelemetry<Context extends BaseContext> {
  /** The record is to be the identity of the request's work. */
  startRecord(request: IncomingMessage): RequestRecord
  /** Adds the operation and the errors of each request to its record. */
  plugin: ApolloServerPlugin<Context>
}

/** As in the router's log (packages/platform/telemetry/operationFields.ts). */
const loggedHashLength = 16
const maxNameLength = 100

/** Creates the telemetry of the requests of a subgraph: one log line, one span and its metrics for each. */
export function createRequestTelemetry<Context extends BaseContext>(
  { operations, tracer, slowMs }: Pick<SubgraphTelemetry, 'operations' | 'tracer' | 'slowMs'>,
  log: Log,
): RequestTelemetry<Context> {
  const records = new WeakMap<WorkIdentity, RequestRecord>()

  function startRecord({ headers }: IncomingMessage): RequestRecord {
    const requestId = resolveRequestId(headers[requestIdHeader])
    const span = tracer?.startSpan('GraphQL', readHeader(headers[traceparentHeader]), { kind: 'server' })
    const startMs = performance.now()
    let operation: RequestedOperation | undefined
    let errorCodes: string[] = []
    let phase: 'open' | 'ended' = 'open'
    const record: RequestRecord = {
      requestId,
      span,
      setOperation: (requested) => void (operation = requested),
      addErrors: (errors) => void (errorCodes = errors.map(readErrorCode)),
      end(status) {
        if (phase === 'ended') return
        phase = 'ended'
        const durationMs = performance.now() - startMs
        const instruments = operation
          ? operations.forOperation(operation.name, operation.type)
          : operations.unknown
        instruments.observeDuration(durationMs / 1000)
        for (const code of errorCodes) instruments.countError(code)
        const isSlow = durationMs >= slowMs
        if (log.isLevelEnabled(isSlow ? 'warn' : 'info')) {
          const line = {
            requestId,
            operationName: operation?.name?.slice(0, maxNameLength),
            operationHash: operation?.documentHash.slice(0, loggedHashLength),
            status,
            errorCodes: errorCodes.length > 0 ? [...new Set(errorCodes)] : undefined,
            durationMs: Math.round(durationMs * 10) / 10,
            traceId: span?.isRecording ? span.traceId : undefined,
          }
          if (isSlow) log.warn(line, 'A request was slow')
          else log.info(line, 'Request completed')
        }
        if (span) endSpan(span, operation, errorCodes, status)
      },
    }
    records.set(record, record)
    return record
  }

  function findRecord(): RequestRecord | undefined {
    const work = currentWork()
    return work && records.get(work)
  }

  return {
    startRecord,
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

function endSpan(
  span: TraceSpan,
  operation: RequestedOperation | undefined,
  [errorCode]: readonly string[],
  status: number,
): void {
  if (operation) {
    span.rename(operation.name === undefined ? operation.type : `${operation.type} ${operation.name}`)
    span.setAttributes({
      'graphql.operation.type': operation.type,
      'graphql.operation.name': operation.name,
      'graphql.document.hash': operation.documentHash,
    })
  }
  span.setAttributes({ 'http.response.status_code': status })
  if (errorCode !== undefined) span.setError(errorCode)
  else if (status >= 500) span.setError(String(status))
  span.end()
}

const readHeader = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/** Codes are those of the closed list, and of Apollo Server: no text of a client. */
function readErrorCode({ extensions }: GraphQLFormattedError): string {
  const code = extensions?.['code']
  return typeof code === 'string' ? code : 'UNKNOWN'
}
