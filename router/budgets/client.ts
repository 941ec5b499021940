import { LRUCache } from 'lru-cache'
import { isIPv6, type BlockList } from 'node:net'

import { networkOf } from '../../subgraphs/shared/clientNetwork'

/** Returns the network that a client address is counted for; undefined for a client without budgets. */
export type ClientOf = (address: string) => string | undefined

const maxRemembered = 10_000

/** @param trusted the networks of clients without budgets */
export function createClientOf(trusted: BlockList | undefined): ClientOf {
  const isTrusted = (address: string) => trusted?.check(address, isIPv6(address) ? 'ipv6' : 'ipv4') ?? false
  // To find a network out takes longer than the rest of a budget.
  const known = new LRUCache<string, { client: string | undefined }>({ max: maxRemembered })
  return (address) => {
    let entry = known.get(address)
    if (!entry) {
      entry = { client: isTrusted(address) ? undefined : networkOf(address) }
      known.set(address, entry)
    }
    return entry.client
  }
}
