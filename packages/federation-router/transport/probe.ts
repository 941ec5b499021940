import { randomUUID } from 'node:crypto'

import { createAbortHandle } from '../../platform/async/abortHandle'
import type { RouterContext } from '../request/context'
import { parseResponse } from './responseParser'
import type { HttpResponse } from './httpRequest'
import { SubgraphFaultError } from './errors'
import type { TransportRequest } from './transport'

/** How long a subgraph has to respond to a probe. */
export const probeTimeoutMs = 300

/** Checks whether a subgraph responds. */
export interface Probe {
  /** Remembers a query with a response, for later probes. */
  recordQuery(request: TransportRequest, context: RouterContext, sentAt: number): void
  /** Resolves to whether the subgraph has responded in time; never rejects. */
  send(): Promise<boolean>
}

/** Only a quicker query is remembered, so that the subgraph can respond to it within the time of a probe. */
const quickMilliseconds = 100
const rememberEveryMilliseconds = 1_000
const longestBody = 4_096
/** One in so many, which is one a minute. */
const plainEvery = 120
const plainBody = '{"query":"{__typename}"}'

interface RecentQuery extends Pick<RouterContext, 'viewer' | 'viewerToken'> {
  body: string | Buffer
}

/**
 * Probes with a query that the subgraph has recently answered quickly, in the name of the viewer who sent it: unlike a
 * plain `__typename` it shows whether the dependencies of the subgraph work, such as its database. The response is
 * discarded. Once a minute it is the plain one, so that a query that has become slow cannot keep the circuit open.
 *
 * @param exchange sends a query to the subgraph, in any state of its circuit
 */
export function createProbe(
  exchange: (body: string | Buffer, context: RouterContext) => Promise<HttpResponse>,
): Probe {
  let recent: RecentQuery | undefined
  let rememberedAt = -Infinity
  let count = 0

  return {
    recordQuery({ body, kind }, { viewer, viewerToken }, sentAt) {
      if (kind === 'mutation' || sentAt - rememberedAt < rememberEveryMilliseconds) return
      if (body.length > longestBody || performance.now() - sentAt > quickMilliseconds) return
      rememberedAt = sentAt
      recent = { body, viewer, viewerToken }
    },
    async send() {
      const { body, viewer, viewerToken } = recent ?? { body: plainBody }
      const context: RouterContext = {
        requestId: `probe-${randomUUID()}`,
        // The one that came with it may have expired.
        viewerToken: viewer?.signViewerToken() ?? viewerToken,
        signal: createAbortHandle().signal,
        deadline: performance.now() + probeTimeoutMs,
      }
      try {
        parseResponse(await exchange(++count % plainEvery === 0 ? plainBody : body, context), undefined)
        return true
      } catch (error) {
        return error instanceof SubgraphFaultError && error.outcome === 'answered'
      }
    },
  }
}
