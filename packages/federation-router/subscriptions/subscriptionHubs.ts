import { Agent } from 'undici'

import type { Log } from '../../platform/log'
import type { ConcurrencyBudget } from '../budgets/concurrencyBudget'
import type { Config } from '../../../router/config'
import { createMessageFormatter, createResyncMessage } from './messages'
import { createSubscriptionHub, type SubscriptionHub } from './subscriptionHub'

/** The subscriptions to the supergraph that is served, and to those before it. */
export interface SubscriptionHubs {
  /**
   * For a supergraph that is about to be served.
   *
   * @param addresses where its subgraphs are, by their names
   */
  addHub(addresses: ReadonlyMap<string, string>): SubscriptionHub
  /** The last one is served now: subscriptions to those before it end, since they may not be valid any more. */
  endOutdated(): void
  /** Ends all. */
  endAll(): void
  /** Closes the ways to the subgraphs. */
  close(): Promise<void>
}

export interface SubscriptionHubsOptions {
  config: Config
  /** Of the subscriptions of one client. */
  budget: ConcurrencyBudget
  /** Whether names of the schema are kept out of errors. */
  hideNames: boolean
  log: Log
}

const connectTimeoutMilliseconds = 2_000
const headersTimeoutMilliseconds = 10_000
/** A subgraph that has sent nothing for this long is unreachable: graphql-sse sends a comment every 12 s. */
const idleTimeoutMs = 40_000

/** Opens nothing before the first subscription. */
export function createSubscriptionHubs(options: SubscriptionHubsOptions): SubscriptionHubs {
  const { config, budget, hideNames, log } = options
  // Its own, without a bound on connections: each subscription keeps one, and none may wait for another to end.
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMilliseconds },
    headersTimeout: headersTimeoutMilliseconds,
    bodyTimeout: idleTimeoutMs,
  })
  const format = createMessageFormatter({ hideNames })
  const count = { subscribers: 0 }
  const hubs: SubscriptionHub[] = []
  return {
    addHub(addresses) {
      const hub = createSubscriptionHub({ config, budget, count, addresses, dispatcher, format, log })
      hubs.push(hub)
      return hub
    },
    endOutdated() {
      const older = hubs.splice(0, hubs.length - 1)
      for (const hub of older) hub.endAll(createResyncMessage('SUPERGRAPH_CHANGED'))
    },
    endAll() {
      for (const hub of hubs) hub.endAll(createResyncMessage('SHUTDOWN'))
    },
    close: () => dispatcher.destroy(),
  }
}
