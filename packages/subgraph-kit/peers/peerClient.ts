import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { viewerHeader } from '../../auth/tokens'
import {
  currentWork,
  requestIdHeader,
  requestTimeoutHeader,
  subgraphTimeout,
  subgraphUnavailable,
} from '../../platform'
import { createHttpClient, HttpRequestError } from '../../platform/http/httpClient'
import type { DependencyState } from '../../platform/http'
import { traceparentHeader } from '../../platform/telemetry'
import type { PeerMetrics } from '.././telemetry/peerMetrics'

/** A query from one subgraph to another, and the shape of the response's `data`. */
export interface PeerQuery<Data> {
  document: string
  data: z.ZodType<Data>
}

/** The client of another subgraph's GraphQL endpoint. */
export interface PeerClient {
  /** The name of the other subgraph. */
  readonly name: string
  /** The outcome of the newest request: `degraded` without a response in time or any request, `down` without a valid response. */
  readonly state: DependencyState
  /**
   * Sends a query. Retries once after a failed connection or a response that is not JSON; not after a timeout.
   *
   * @param viewerToken the viewer header of the current request, or a service token
   * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
   */
  query<Data>(query: PeerQuery<Data>, variables: Record<string, unknown>, viewerToken: string): Promise<Data>
  close(): Promise<void>
}

interface PeerClientOptions {
  /** The name of the other subgraph. */
  name: string
  /** Its GraphQL endpoint. */
  url: string
  /** Of each attempt; default 2,000. */
  timeoutMs?: number
  metrics?: PeerMetrics | undefined
}

const retryDelayMs = 100
const maxConnections = 16
const maxResponseBytes = 32_000_000

export function createPeerClient({ name, url, timeoutMs = 2000, metrics }: PeerClientOptions): PeerClient {
  const { origin, pathname } = new URL(url)
  const http = createHttpClient(origin, maxConnections)
  let state: DependencyState = 'degraded'

  async function send(body: string, viewerToken: string): Promise<unknown> {
    const { requestId, span: parent } = currentWork() ?? {}
    const span = parent?.startChild(`query ${name}`, {
      kind: 'client',
      attributes: { 'peer.service': name, 'url.path': pathname },
    })
    const traceparent = (span ?? parent)?.traceparent
    const startMs = performance.now()
    let errorType = ''
    try {
      const { bytes } = await http.send({
        path: pathname,
        headers: [
          ...['content-type', 'application/json'],
          ...[viewerHeader, viewerToken],
          ...[requestTimeoutHeader, String(timeoutMs)],
          ...(requestId === undefined ? [] : [requestIdHeader, requestId]),
          ...(traceparent === undefined ? [] : [traceparentHeader, traceparent]),
        ],
        body,
        timeoutMs,
        maxResponseBytes,
      })
      const response: unknown = JSON.parse(bytes.toString())
      state = 'ok'
      return response
    } catch (error) {
      errorType = error instanceof HttpRequestError ? error.failure : 'invalid'
      state = isTimeout(error) ? 'degraded' : 'down'
      span?.setError(errorType)
      throw error
    } finally {
      metrics?.observeRequest(name, errorType, (performance.now() - startMs) / 1000)
      span?.end()
    }
  }

  async function sendWithRetry(body: string, viewerToken: string): Promise<unknown> {
    try {
      return await send(body, viewerToken)
    } catch (error) {
      // A retry would take as long again, and add to the load that may have caused the timeout.
      if (isTimeout(error)) throw error
      await wait(retryDelayMs)
      return send(body, viewerToken)
    }
  }

  return {
    name,
    get state() {
      return state
    },
    async query(query, variables, viewerToken) {
      let response: unknown
      try {
        response = await sendWithRetry(JSON.stringify({ query: query.document, variables }), viewerToken)
      } catch (error) {
        throw isTimeout(error) ? subgraphTimeout(name) : subgraphUnavailable(name)
      }
      const parsed = z.object({ data: query.data, errors: z.undefined().optional() }).safeParse(response)
      if (!parsed.success) throw subgraphUnavailable(name)
      return parsed.data.data
    },
    close: http.close,
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof HttpRequestError && error.failure === 'timeout'
}
