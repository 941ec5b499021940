import { randomUUID } from 'node:crypto'

import { createCancellation } from '../cancellation'
import type { RouterContext } from '../context'
import { readAnswer } from './answer'
import type { Reply } from './exchange'
import { SubgraphFault } from './failures'
import type { TransportRequest } from './transport'

/** How long a subgraph has to answer a probe. */
export const probeMilliseconds = 300

/** Finds out whether a subgraph answers. */
export interface Probe {
  /** Notes a query that was answered. */
  remember(request: TransportRequest, context: RouterContext, sentAt: number): void
  /** Resolves to whether the subgraph has answered in time; never rejects. */
  send(): Promise<boolean>
}

/** So that the subgraph, which was not slow with it, may be expected to answer it in the time of a probe. */
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
 * plain `__typename` it shows whether what the subgraph depends on works, its database for one. Nobody sees the answer.
 * From time to time it is the plain one, lest a query that has become slow keep the circuit open for ever.
 *
 * @param exchange sends a query to the subgraph, whatever the state of its circuit
 */
export function createProbe(
  exchange: (body: string | Buffer, context: RouterContext) => Promise<Reply>,
): Probe {
  let recent: RecentQuery | undefined
  let rememberedAt = -Infinity
  let count = 0

  return {
    remember({ body, kind }, { viewer, viewerToken }, sentAt) {
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
        viewerToken: viewer?.sign() ?? viewerToken,
        signal: createCancellation().signal,
        deadline: performance.now() + probeMilliseconds,
      }
      try {
        readAnswer(await exchange(++count % plainEvery === 0 ? plainBody : body, context), undefined)
        return true
      } catch (error) {
        return error instanceof SubgraphFault && error.outcome === 'answered'
      }
    },
  }
}
