import { randomUUID } from 'node:crypto'

import { createAbortHandle } from '../../platform'
import type { HttpResponse } from '../../platform/http/httpClient'
import { SubgraphFaultError } from './errors'
import type { FetchContext } from './fetchContext'
import { parseResponse } from './responseParser'
import type { TransportRequest } from './transportRequest'

/** The time for the response to a probe. */
export const probeTimeoutMs = 300

/** Checks whether a subgraph responds. */
interface Probe {
  /** Records a query that the subgraph has responded to, for later probes. */
  recordQuery(request: TransportRequest, context: FetchContext, sentAtMs: number): void
  /** Resolves to whether the subgraph has responded in time; never rejects. */
  send(): Promise<boolean>
}

/** Slower queries are not recorded, so that the subgraph can respond to a probe in time. */
const maxRecordedMs = 100
const recordIntervalMs = 1_000
const maxRecordedBodyLength = 4_096
/** Every 120th probe is the fallback: one a minute. */
const fallbackInterval = 120
const fallbackBody = '{"query":"{__typename}"}'

interface RecentQuery extends Pick<FetchContext, 'viewer' | 'viewerToken' | 'clientHeaders'> {
  body: string | Buffer
}

/**
 * Creates a probe that repeats a recent query with a quick response, in the name of its viewer: unlike `__typename` it shows
 * whether the dependencies of the subgraph work, such as its database. Once a minute it sends `__typename`, so that a query
 * that has become slow cannot keep the circuit open.
 *
 * @param exchange sends a query to the subgraph, in any state of its circuit
 */
export function createProbe(
  exchange: (body: string | Buffer, context: FetchContext) => Promise<HttpResponse>,
): Probe {
  let recent: RecentQuery | undefined
  let recordedAtMs = -Infinity
  let count = 0

  return {
    recordQuery({ body, kind }, { viewer, viewerToken, clientHeaders }, sentAtMs) {
      if (kind === 'mutation' || sentAtMs - recordedAtMs < recordIntervalMs) return
      if (body.length > maxRecordedBodyLength || performance.now() - sentAtMs > maxRecordedMs) return
      recordedAtMs = sentAtMs
      recent = { body, viewer, viewerToken, clientHeaders }
    },
    async send() {
      const { body, viewer, viewerToken, clientHeaders }: RecentQuery = recent ?? {
        body: fallbackBody,
        viewerToken: undefined,
      }
      const context: FetchContext = {
        requestId: `probe-${randomUUID()}`,
        // The token that the query was sent with may have expired.
        viewerToken: viewer?.signViewerToken() ?? viewerToken,
        clientHeaders,
        signal: createAbortHandle().signal,
        deadline: performance.now() + probeTimeoutMs,
      }
      const isFallback = ++count % fallbackInterval === 0
      try {
        parseResponse(await exchange(isFallback ? fallbackBody : body, context), undefined)
        return true
      } catch (error) {
        return error instanceof SubgraphFaultError && error.outcome === 'responded'
      }
    },
  }
}
