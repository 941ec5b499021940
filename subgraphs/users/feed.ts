import { createOutbox } from '../shared/feed/pendingEvents'
import { createRelay, type Relay } from '../shared/feed/relay'
import type { SubgraphTools } from '../shared/subgraph/tools'

export type UsersFeed = Relay

/** What users tells the others through the feed: who is gone, as `user.deleted`. Nothing that others tell concerns it. */
export function createUsersFeed({ connection, feed, log }: SubgraphTools): UsersFeed {
  return createRelay({ feed, topic: 'users', outbox: createOutbox(connection, 'users'), log })
}
