import { Agent } from 'undici'

import type { Log } from '../../subgraphs/shared/log'
import type { ConcurrencyBudget } from '../budgets/concurrency'
import type { Config } from '../config'
import { createEventFormat, resync } from './events'
import { createHub, type Hub } from './hub'

/** The subscriptions to the supergraph that is served, and to those before it. */
export interface SubscriptionStore {
  /**
   * For a supergraph that is about to be served.
   *
   * @param addresses where its subgraphs are, by their names
   */
  renew(addresses: ReadonlyMap<string, string>): Hub
  /** The last one is served now: subscriptions to those before it end, since they may not be valid any more. */
  endOlder(): void
  /** Ends all. */
  end(): void
  /** Closes the ways to the subgraphs. */
  close(): Promise<void>
}

export interface SubscriptionStoreOptions {
  config: Config
  /** Of the subscriptions of one client. */
  budget: ConcurrencyBudget
  /** Whether names of the schema are kept out of errors. */
  hideNames: boolean
  log: Log
}

const connectTimeoutMilliseconds = 2_000
const headersTimeoutMilliseconds = 10_000

/** Opens nothing before the first subscription. */
export function createSubscriptionStore(options: SubscriptionStoreOptions): SubscriptionStore {
  const { config, budget, hideNames, log } = options
  // Its own, without a bound on connections: each subscription keeps one, and none may wait for another to end.
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMilliseconds },
    headersTimeout: headersTimeoutMilliseconds,
    bodyTimeout: config.SUBSCRIPTION_SILENCE_MS,
  })
  const format = createEventFormat({ hideNames })
  const count = { subscribers: 0 }
  const hubs: Hub[] = []
  return {
    renew(addresses) {
      const hub = createHub({ config, budget, count, addresses, dispatcher, format, log })
      hubs.push(hub)
      return hub
    },
    endOlder() {
      const older = hubs.splice(0, hubs.length - 1)
      for (const hub of older) hub.end(resync('SUPERGRAPH_CHANGED'))
    },
    end() {
      for (const hub of hubs) hub.end(resync('SHUTDOWN'))
    },
    close: () => dispatcher.destroy(),
  }
}
