import { ExponentialBackoff, handleWhen, retry, type RetryPolicy } from 'cockatiel'

import { createTickBatcher } from '../../platform/async/tickBatcher'
import type { Log } from '../../platform/log'
import { requestTimeoutHeader } from '../../platform/request/requestScope'
import { viewerHeader } from '../../auth/viewerToken'
import type { FetchContext } from './fetchContext'
import { readResponse, type ParsedResponse } from './responseParser'
import { createBulkhead } from './bulkhead'
import { createCircuitBreaker } from './circuitBreaker'
import { createConnectionPool } from './connectionPool'
import {
  sendHttpRequest,
  type HttpRequestOptions,
  type ReceivedBytes,
  type HttpResponse,
} from './httpRequest'
import {
  ClientDisconnectedError,
  NoResponseError,
  RequestRejectedError,
  SubgraphFaultError,
  DeadlineExceededError,
  type FetchOutcome,
} from './errors'
import { createProbe, probeTimeoutMs } from './probe'
import type { TransportSettings } from './settings'
import type { TransportRequest } from './transport'

/** A response that was read, and its bytes for the fetches that share it. */
export interface ReceivedResponse extends ParsedResponse {
  httpResponse: HttpResponse
}

/** The way to one subgraph. */
export interface SubgraphClient {
  readonly url: string
  /** @throws SubgraphFault, NotAsked, TimeUp, ClientGone */
  send(request: TransportRequest, context: FetchContext): Promise<ReceivedResponse>
  /** To be called when nothing new is sent to this address. Fetches under way end as usual. */
  retire(): void
  /** Ends what is under way. */
  destroy(): Promise<void>
}

export interface SubgraphClientOptions {
  name: string
  url: string
  settings: TransportSettings
  received: ReceivedBytes
  log: Log
}

/** In bytes. Larger ones would drive one another out of the caches, and would all be in memory at once. */
const largestInCohort = 16 * 1024
const joinReplies = createTickBatcher()
const retryDelays = { initialDelay: 50, maxDelay: 250 }
/** A mutation is only sent again where the subgraph cannot have received it: to another process of it, most likely. */
const mutationRetries = 1

/**
 * Opens connections as they are needed, keeps them alive, and sends over them under the policies of the subgraph:
 * again if it may be sent again (see `faults`), unless its circuit is open, when there is a place, with a timeout.
 *
 * Every header is made here: nothing that the client sent reaches a subgraph but its operation.
 */
export function createSubgraphClient({
  name,
  url,
  settings,
  received,
  log,
}: SubgraphClientOptions): SubgraphClient {
  const { origin, pathname, search } = new URL(url)
  const path = pathname + search
  const connections = createConnectionPool(origin)
  const probe = createProbe((body, context) =>
    sendHttpRequest(
      connections,
      exchangeOf({ body, kind: 'query' }, context, probeTimeoutMs, performance.now()),
    ),
  )
  const circuit = createCircuitBreaker({ subgraph: name, settings, probe: probe.send, log })
  const bulkhead = createBulkhead(settings.MAX_FETCHES, settings.MAX_QUEUED_FETCHES)
  const timeouts = { query: settings.QUERY_TIMEOUT_MS, mutation: settings.MUTATION_TIMEOUT_MS }
  const retries = { query: createRetry(settings.QUERY_RETRIES), mutation: createRetry(mutationRetries) }

  function exchangeOf(
    { body, kind }: Pick<TransportRequest, 'body' | 'kind'>,
    context: FetchContext,
    timeoutMilliseconds: number,
    sentAt: number,
  ): HttpRequestOptions {
    const { signal, deadline } = context
    const left = kind === 'query' ? Math.min(deadline - sentAt, timeoutMilliseconds) : undefined
    const headers = headersOf(context, left)
    const limit = settings.MAX_RESPONSE_BYTES
    return {
      path,
      headers,
      body,
      timeoutMs: timeoutMilliseconds,
      sentAtMs: sentAt,
      deadline,
      maxBytes: limit,
      received,
      signal,
    }
  }

  /** It may have waited, for its turn or to be sent again. @throws ClientGone, NotAsked, TimeUp */
  function requireWanted({ signal, deadline }: FetchContext, entered: number, now: number): void {
    if (signal.aborted) throw new ClientDisconnectedError()
    if (circuit.hasOpenedSince(entered)) throw new RequestRejectedError('The circuit has opened')
    if (deadline <= now) throw new DeadlineExceededError()
  }

  async function attempt(request: TransportRequest, context: FetchContext): Promise<ReceivedResponse> {
    const { signal, deadline } = context
    const entered = circuit.admitRequest()
    let outcome: FetchOutcome = 'unknown'
    let sentAt: number | undefined
    let hasPlace = false
    try {
      const turn = bulkhead.acquire(signal, deadline)
      if (turn) await turn
      hasPlace = true
      const now = performance.now()
      requireWanted(context, entered, now)
      sentAt = now
      const options = exchangeOf(request, context, timeouts[request.kind], now)
      options.onNearTimeout = circuit.probeInBackground
      const reply = await sendHttpRequest(connections, options)
      if (reply.bytes.length <= largestInCohort) await joinReplies()
      const { response, maskedErrors } = readResponse(request, reply)
      outcome = 'answered'
      probe.recordQuery(request, context, sentAt)
      return { httpResponse: reply, response, maskedErrors }
    } catch (error) {
      if (error instanceof NoResponseError) outcome = error.outcome
      if (error instanceof SubgraphFaultError)
        error.mayRetry =
          error.allowsResendOf(request.kind) &&
          !signal.aborted &&
          deadline - performance.now() >= retryDelays.maxDelay
      throw error
    } finally {
      if (hasPlace) bulkhead.release()
      circuit.recordOutcome(entered, outcome, sentAt)
    }
  }

  return {
    url,
    async send(request, context) {
      try {
        return await attempt(request, context)
      } catch (error) {
        if (!mayRetry(error)) throw error
        // It is the first of the tries that the policy counts.
        let failed: unknown = error
        return retries[request.kind].execute(() => {
          if (failed === undefined) return attempt(request, context)
          const first = failed
          failed = undefined
          throw first
        })
      }
    },
    retire: () => circuit.stop(),
    destroy: () => {
      circuit.stop()
      return connections.destroy()
    },
  }
}

function createRetry(maxAttempts: number): RetryPolicy {
  return retry(handleWhen(mayRetry), { maxAttempts, backoff: new ExponentialBackoff(retryDelays) })
}

function mayRetry(error: unknown): boolean {
  return error instanceof SubgraphFaultError && error.mayRetry
}

/** @param timeoutMs the time for the response in milliseconds; undefined for a mutation, which is not interrupted */
function headersOf({ requestId, viewerToken }: FetchContext, timeoutMs: number | undefined): string[] {
  const headers = [
    'content-type',
    'application/json',
    'accept',
    'application/json',
    'x-request-id',
    requestId,
  ]
  if (timeoutMs !== undefined) headers.push(requestTimeoutHeader, String(Math.ceil(timeoutMs)))
  if (viewerToken !== undefined) headers.push(viewerHeader, viewerToken)
  return headers
}
