import { LRUCache } from 'lru-cache'
import type { BlockList } from 'node:net'

import { isInNetworks, toClientNetwork } from '../../platform'

/** Returns the network whose budgets a client address uses; undefined for a client without budgets. */
export type ClientKeyLookup = (address: string) => string | undefined

const maxCached = 10_000

/** @param trusted the networks of clients without budgets */
export function createClientKeyLookup(trusted: BlockList | undefined): ClientKeyLookup {
  // Computing a network takes longer than the rest of a budget.
  const cache = new LRUCache<string, { client: string | undefined }>({ max: maxCached })
  return (address) => {
    let entry = cache.get(address)
    if (!entry) {
      entry = { client: isInNetworks(trusted, address) ? undefined : toClientNetwork(address) }
      cache.set(address, entry)
    }
    return entry.client
  }
}
