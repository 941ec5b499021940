import { viewerHeader } from '../../auth/tokens'
import { cookieNameHeader, createTickBatcher, requestIdHeader, requestTimeoutHeader } from '../../platform'
import {
  createHttpClient,
  HttpRequestError,
  type HttpResponse,
  type ReceivedBytes,
} from '../../platform/http/httpClient'
import type { Log } from '../../platform/log'
import { traceparentHeader, type TraceSpan } from '../../platform/telemetry'
import type { SubgraphMetrics, SubgraphState } from '../telemetry'
import { createBulkhead } from './bulkhead'
import { createCircuitBreaker } from './circuitBreaker'
import {
  ClientDisconnectedError,
  DeadlineExceededError,
  NoResponseError,
  readErrorType,
  RequestRejectedError,
  SubgraphFaultError,
  type FetchOutcome,
} from './errors'
import type { FetchContext, FetchCookie } from './fetchContext'
import type { ClientHeaders, HeaderRules } from './headerRules'
import { createProbe, probeTimeoutMs } from './probe'
import { readResponse, type ReceivedResponse } from './responseParser'
import { maxRetryDelayMs, retry } from './retry'
import type { TransportSettings } from './settings'
import type { TransportRequest } from './transportRequest'

/** The client of one subgraph. */
export interface SubgraphClient {
  readonly url: string
  readState(): SubgraphState
  /** @throws SubgraphFaultError, RequestRejectedError, DeadlineExceededError, ClientDisconnectedError */
  send(request: TransportRequest, context: FetchContext): Promise<ReceivedResponse>
  /** Stops probing, when no new requests are sent. Requests in progress continue. */
  retire(): void
  /** Ends requests in progress, and closes the connections. */
  destroy(): Promise<void>
}

interface SubgraphClientOptions {
  name: string
  url: string
  settings: TransportSettings
  received: ReceivedBytes
  headerRules?: HeaderRules | undefined
  metrics?: SubgraphMetrics | undefined
  log: Log
}

/** Larger responses would evict one another from the processor's caches, and would all be in memory at the same time. */
const maxBatchedBytes = 16 * 1024
const joinResponses = createTickBatcher()
/** A mutation is retried only if the subgraph cannot have received it, and then most likely by another process of it. */
const mutationRetries = 1

/**
 * Creates a client that applies the policies of the subgraph, from the outside in: retry, circuit breaker, bulkhead, timeout
 * and deadline.
 *
 * The headers are created here: nothing that the client sent reaches a subgraph but its operation, the headers that rules
 * propagate, and with a mutation its user agent and the one cookie of the subgraph.
 */
export function createSubgraphClient(options: SubgraphClientOptions): SubgraphClient {
  const { name, url, settings, received, headerRules, metrics, log } = options
  const { origin, hostname, pathname, search } = new URL(url)
  const path = pathname + search
  const http = createHttpClient(origin)
  const probe = createProbe((body, context) =>
    exchange({ body, kind: 'query' }, context, probeTimeoutMs, performance.now()),
  )
  const circuit = createCircuitBreaker({ subgraph: name, settings, probe: probe.send, log })
  const bulkhead = createBulkhead(settings.MAX_FETCHES, settings.MAX_QUEUED_FETCHES)
  const timeoutsMs = { query: settings.QUERY_TIMEOUT_MS, mutation: settings.MUTATION_TIMEOUT_MS }
  const maxRetries = { query: settings.QUERY_RETRIES, mutation: mutationRetries }
  const spanName = `fetch ${name}`
  const spanAttributes = { 'http.request.method': 'POST', 'server.address': hostname, 'url.path': path }

  /** Sends a request once, within its timeout and the deadline. @throws NoResponseError */
  async function exchange(
    { body, kind, onResponse }: Pick<TransportRequest, 'body' | 'kind' | 'onResponse'>,
    context: FetchContext,
    timeoutMs: number,
    sentAtMs: number,
    onNearTimeout?: () => void,
    span = context.span,
  ): Promise<HttpResponse> {
    const leftMs = Math.min(context.deadline - sentAtMs, timeoutMs)
    const headers = createHeaders(context, kind, leftMs, span, selectCookie(context, kind))
    // Without a cache: a subgraph need not describe how the response may be cached (RFC 9111, section 5.2.1.5).
    if (!onResponse) headers.push('cache-control', 'no-store')
    if (headerRules) headers.push(...headerRules.write(name, context.clientHeaders ?? noHeaders))
    try {
      return await http.send({
        path,
        headers,
        body,
        timeoutMs: leftMs,
        onNearTimeout,
        maxResponseBytes: settings.MAX_RESPONSE_BYTES,
        received,
        signal: context.signal,
      })
    } catch (error) {
      throw error instanceof HttpRequestError ? toNoResponseError(error, leftMs < timeoutMs) : error
    }
  }

  function selectCookie({ cookie }: FetchContext, kind: TransportRequest['kind']): FetchCookie | undefined {
    return kind === 'mutation' && cookie?.subgraph === name ? cookie : undefined
  }

  /** Requires that the response is still needed, after the request has waited. */
  function requireNeeded({ signal, deadline }: FetchContext, generation: number, nowMs: number): void {
    if (signal.aborted) throw new ClientDisconnectedError()
    if (circuit.hasOpenedSince(generation))
      throw new RequestRejectedError('circuit_open', 'The circuit has opened')
    if (deadline <= nowMs) throw new DeadlineExceededError()
  }

  async function attempt(request: TransportRequest, context: FetchContext): Promise<ReceivedResponse> {
    const generation = circuit.admitRequest()
    const span = context.span?.startChild(spanName, { kind: 'client', attributes: spanAttributes })
    let errorType = ''
    let outcome: FetchOutcome = 'unknown'
    let sentAtMs: number | undefined
    let isInBulkhead = false
    try {
      const waiting = bulkhead.acquire(context.signal, context.deadline)
      if (waiting) await waiting
      isInBulkhead = true
      const nowMs = performance.now()
      requireNeeded(context, generation, nowMs)
      sentAtMs = nowMs
      const timeoutMs = timeoutsMs[request.kind]
      const httpResponse = await exchange(request, context, timeoutMs, nowMs, circuit.probeInBackground, span)
      request.onResponse?.(httpResponse)
      span?.setAttributes({ 'http.response.status_code': httpResponse.status })
      const cookie = selectCookie(context, request.kind)
      if (cookie) cookie.setCookie = findSetCookie(httpResponse, cookie) ?? cookie.setCookie
      if (httpResponse.bytes.length <= maxBatchedBytes) await joinResponses()
      const { response, maskedErrors } = readResponse(request, httpResponse)
      outcome = 'responded'
      probe.recordQuery(request, context, nowMs)
      return { httpResponse, response, maskedErrors }
    } catch (error) {
      if (error instanceof NoResponseError) outcome = error.outcome
      errorType = readErrorType(error)
      span?.setError(errorType)
      throw error
    } finally {
      if (isInBulkhead) bulkhead.release()
      circuit.recordOutcome(generation, outcome, sentAtMs)
      if (sentAtMs !== undefined) metrics?.observeRequest((performance.now() - sentAtMs) / 1000, errorType)
      span?.end()
    }
  }

  return {
    url,
    readState: () => ({ name, ...circuit.readState(), fetches: bulkhead.readState() }),
    send(request, context) {
      const { kind } = request
      const { signal, deadline } = context
      return retry(
        maxRetries[kind],
        () => attempt(request, context),
        (error) =>
          error instanceof SubgraphFaultError &&
          error.allowsRetry(kind) &&
          !signal.aborted &&
          deadline - performance.now() >= maxRetryDelayMs,
        metrics?.countRetry,
      )
    },
    retire: () => circuit.stop(),
    destroy() {
      circuit.stop()
      return http.destroy()
    },
  }
}

/** @param isDeadline whether the deadline of the request came before the timeout of the subgraph */
function toNoResponseError(error: HttpRequestError, isDeadline: boolean): NoResponseError {
  const { failure, message } = error
  switch (failure) {
    case 'aborted':
      return new ClientDisconnectedError()
    case 'timeout':
      return isDeadline ? new DeadlineExceededError() : new SubgraphFaultError('timeout', message)
    default:
      return new SubgraphFaultError(failure, message, { cause: error.cause })
  }
}

/** A subgraph sets no cookie but its own. */
const findSetCookie = ({ setCookies }: HttpResponse, { name }: FetchCookie): string | undefined =>
  setCookies.find((each) => each.startsWith(`${name}=`))

const noHeaders: ClientHeaders = {}

/** @param timeoutMs the time for the response */
function createHeaders(
  { requestId, viewerToken, userAgent }: FetchContext,
  kind: TransportRequest['kind'],
  timeoutMs: number,
  span: TraceSpan | undefined,
  cookie: FetchCookie | undefined,
): string[] {
  const headers = [
    'content-type',
    'application/json',
    'accept',
    'application/json',
    requestIdHeader,
    requestId,
  ]
  // A subgraph does not interrupt a mutation.
  if (kind === 'query') headers.push(requestTimeoutHeader, String(Math.ceil(timeoutMs)))
  else if (userAgent !== undefined) headers.push('user-agent', userAgent)
  if (viewerToken !== undefined) headers.push(viewerHeader, viewerToken)
  if (span) headers.push(traceparentHeader, span.traceparent)
  if (cookie) headers.push(cookieNameHeader, cookie.name)
  if (cookie?.value !== undefined) headers.push('cookie', `${cookie.name}=${cookie.value}`)
  return headers
}
