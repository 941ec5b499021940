import { isReachable } from '../shared/database'
import { createSubgraphSchema } from '../shared/subgraph/schema'
import type { Peer } from '../shared/peer'
import type { Subgraph } from '../shared/subgraph/serve'
import type { SubgraphTools } from '../shared/subgraph/tools'
import type { Context } from './context'
import { createEventsFeed, createEventsRelay } from './feed'
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
  const { connection, now = () => new Date() } = dependencies
  const relay = createEventsRelay(dependencies)
  const repository = createEventRepository(connection, now, relay)
  const feed = createEventsFeed({ ...dependencies, relay, events: repository })
  return {
    name: 'events',
    schema: createSubgraphSchema('events', resolvers),
    createContext: ({ viewer }) => {
      const loaders = createEventLoaders(repository, viewer)
      return {
        viewer,
        service: createEventsService({ viewer, repository, loaders, isGone: feed.isGone, now }),
      }
    },
    async prepare() {
      await repository.prepare()
      await feed.prepare()
      feed.start()
    },
    isReady: () => isReachable(connection),
    async close() {
      await feed.close()
      await repository.idle()
    },
  }
}
