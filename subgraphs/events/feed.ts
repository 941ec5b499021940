import type { Relay } from '../shared/feed/relay'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { createCancellations, type Withdrawals } from './cancellations'
import { createGoneUsers, type EventsOfUsers } from './goneUsers'

export interface EventsFeedOptions extends SubgraphTools {
  relay: Relay
  users: Peer
  events: Withdrawals & EventsOfUsers
}

/** What events tell the other subgraphs, and what comes of what they are told themselves. */
export function createEventsFeed({ relay, ...options }: EventsFeedOptions) {
  const goneUsers = createGoneUsers(options)
  const cancellations = createCancellations(options)
  return {
    isGone: goneUsers.isGone,
    prepare: goneUsers.prepare,
    start(): void {
      relay.start()
      cancellations.start()
      goneUsers.start()
    },
    /** Resolves when what is under way is done. */
    async close(): Promise<void> {
      await Promise.all([cancellations.close(), goneUsers.close()])
      await relay.close()
    },
  }
}
