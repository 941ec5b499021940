import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'

import { subgraphTimeout, subgraphUnavailable } from '../platform/errors'
import { createHttpClient, HttpRequestError } from '../platform/http/httpClient'
import { requestTimeoutHeader } from '../platform/request/requestScope'
import { viewerHeader } from '../auth/viewerToken'

/** A question that one subgraph asks another: a query, and the shape that its `data` must have. */
export interface PeerQuery<Data> {
  document: string
  data: z.ZodType<Data>
}

/** Another subgraph, asked through its own GraphQL in the name of the viewer. */
export interface PeerClient {
  /**
   * Sends a query, and a second time after a failed connection or a response that is not GraphQL; not after a timeout.
   *
   * @param viewerToken the viewer header's value as the request under way came with it
   * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
   */
  query<Data>(query: PeerQuery<Data>, variables: Record<string, unknown>, viewerToken: string): Promise<Data>
  close(): Promise<void>
}

export interface PeerClientOptions {
  name: string
  /** Its GraphQL endpoint. */
  url: string
  /** For each attempt; default 2 s. */
  timeoutMilliseconds?: number
}

const retryDelayMilliseconds = 100
const maxConnections = 16
const maxResponseBytes = 32_000_000

export function createPeerClient({ name, url, timeoutMilliseconds = 2000 }: PeerClientOptions): PeerClient {
  const { origin, pathname } = new URL(url)
  const http = createHttpClient(origin, maxConnections)

  async function send(body: string, viewerToken: string): Promise<unknown> {
    const { bytes } = await http.post({
      path: pathname,
      headers: [
        ...['content-type', 'application/json'],
        ...[viewerHeader, viewerToken],
        ...[requestTimeoutHeader, String(timeoutMilliseconds)],
      ],
      body,
      timeoutMs: timeoutMilliseconds,
      maxResponseBytes,
    })
    return JSON.parse(bytes.toString())
  }

  async function sendTwice(body: string, viewerToken: string): Promise<unknown> {
    try {
      return await send(body, viewerToken)
    } catch (error) {
      // It would take as long again, and add to the load that may be the reason.
      if (isTimeout(error)) throw error
      await wait(retryDelayMilliseconds)
      return send(body, viewerToken)
    }
  }

  return {
    async query(query, variables, viewerToken) {
      let answer: unknown
      try {
        answer = await sendTwice(JSON.stringify({ query: query.document, variables }), viewerToken)
      } catch (error) {
        throw isTimeout(error) ? subgraphTimeout(name) : subgraphUnavailable(name)
      }
      const parsed = z.object({ data: query.data, errors: z.undefined().optional() }).safeParse(answer)
      if (!parsed.success) throw subgraphUnavailable(name)
      return parsed.data.data
    },
    close: http.close,
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof HttpRequestError && error.failure === 'timeout'
}
