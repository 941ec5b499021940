import { LRUCache } from 'lru-cache'
import type { BlockList } from 'node:net'

import { toClientNetwork } from '../../platform/http/clientNetwork'
import { isInNetworks } from '../request/ipNetworks'

/** Returns the network that a client address is counted for; undefined for a client without budgets. */
export type ClientKeyLookup = (address: string) => string | undefined

const maxRemembered = 10_000

/**
 * Creates the function that finds the network of a client.
 *
 * @param trusted the networks of clients without budgets
 */
export function createClientKeyLookup(trusted: BlockList | undefined): ClientKeyLookup {
  // Computing a network takes longer than the rest of a budget.
  const known = new LRUCache<string, { client: string | undefined }>({ max: maxRemembered })
  return (address) => {
    let entry = known.get(address)
    if (!entry) {
      entry = { client: isInNetworks(trusted, address) ? undefined : toClientNetwork(address) }
      known.set(address, entry)
    }
    return entry.client
  }
}
