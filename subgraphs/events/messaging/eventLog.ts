import type { OutboxRelay } from '../../../packages/event-log/outbox/outboxRelay'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { createCascadeConsumer, type RegistrationCascadeTarget } from './cascades'
import { createDeletedUserTracker, type UserCascadeTarget } from './deletedUsers'

export interface EventsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  users: PeerClient
  events: RegistrationCascadeTarget & UserCascadeTarget
}

/** What events tell the other subgraphs, and what comes of what they are told themselves. */
export function createEventsMessaging({ relay, ...options }: EventsMessagingOptions) {
  const goneUsers = createDeletedUserTracker(options)
  const cancellations = createCascadeConsumer(options)
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
