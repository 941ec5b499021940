import { Agent } from 'undici'

import { connectTimeoutMs } from '../../platform/http/httpClient'
import { createResyncMessage } from './messages'
import { createSubscriptionHub, type SubscriptionHub, type SubscriptionHubOptions } from './subscriptionHub'

/** The subscriptions to the current supergraph, and to earlier ones. */
export interface SubscriptionHubs {
  /**
   * Creates the hub of a supergraph that is about to be served.
   *
   * @param subgraphUrls by the names of the subgraphs
   */
  addHub(subgraphUrls: ReadonlyMap<string, string>): SubscriptionHub
  /** Ends the subscriptions to all supergraphs but the last, since they may no longer be valid. */
  endOutdated(): void
  endAll(): void
  countSubscribers(): number
  countUpstreams(): number
  /** Closes the connections to the subgraphs. */
  close(): Promise<void>
}

type SubscriptionHubsOptions = Pick<
  SubscriptionHubOptions,
  | 'settings'
  | 'getEndpoint'
  | 'getMaxEventLength'
  | 'headerRules'
  | 'slots'
  | 'formatOutcome'
  | 'metrics'
  | 'tracer'
  | 'log'
>

const headersTimeoutMs = 10_000
/** A subgraph that has sent nothing for this long is unreachable: it sends a comment every 12 s. */
const idleTimeoutMs = 40_000

/** Connects to no subgraph before the first subscription. */
export function createSubscriptionHubs(options: SubscriptionHubsOptions): SubscriptionHubs {
  // Each subscription occupies a connection, so their number must not be limited.
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: headersTimeoutMs,
    bodyTimeout: idleTimeoutMs,
  })
  const count = { subscribers: 0 }
  const hubs: SubscriptionHub[] = []
  return {
    addHub(subgraphUrls) {
      const hub = createSubscriptionHub({ ...options, count, subgraphUrls, dispatcher })
      hubs.push(hub)
      return hub
    },
    endOutdated() {
      const outdated = hubs.splice(0, hubs.length - 1)
      for (const hub of outdated) hub.endAll(createResyncMessage('SUPERGRAPH_CHANGED'))
    },
    endAll() {
      for (const hub of hubs) hub.endAll(createResyncMessage('SHUTDOWN'))
    },
    countSubscribers: () => count.subscribers,
    countUpstreams: () => hubs.reduce((sum, hub) => sum + hub.countUpstreams(), 0),
    close: () => dispatcher.destroy(),
  }
}
