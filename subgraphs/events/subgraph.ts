import { isReachable } from '../shared/database'
import { createSubgraphSchema } from '../shared/subgraph/schema'
import { createFollow } from '../shared/feed/happenings'
import { createOwnRelay } from '../shared/feed/ownRelay'
import type { Peer } from '../shared/peer'
import type { Subgraph } from '../shared/subgraph/serve'
import type { SubgraphTools } from '../shared/subgraph/tools'
import type { Context } from './context'
import { createEventsFeed } from './feed'
import { createEventLoaders } from './loaders'
import { createEventRepository } from './repository'
import { resolvers } from './resolvers'
import { createEventsService } from './service'

export interface EventsDependencies extends SubgraphTools {
  /** The users subgraph, asked who is gone. */
  users: Peer
  /** The clock; the machine's unless a test says otherwise. */
  now?: () => Date
}

/** The events subgraph as a value: it owns Event and Registration, and adds both to User. */
export function createEventsSubgraph(dependencies: EventsDependencies): Subgraph<Context> {
  const { connection, feed, log, now = () => new Date() } = dependencies
  const relay = createOwnRelay(dependencies, 'events')
  const repository = createEventRepository(connection, now, relay.trigger)
  const exchange = createEventsFeed({ ...dependencies, relay, events: repository })
  return {
    name: 'events',
    schema: createSubgraphSchema('events', resolvers),
    createContext: ({ viewer, stream }) => {
      const loaders = createEventLoaders(repository, viewer)
      return {
        viewer,
        service: createEventsService({ viewer, repository, loaders, isGone: exchange.isGone, now, log }),
        follow: createFollow(feed, 'events', stream),
      }
    },
    async prepare() {
      await repository.prepare()
      await exchange.prepare()
      exchange.start()
    },
    isReady: () => isReachable(connection),
    async close() {
      await exchange.close()
      await repository.idle()
    },
  }
}
