import { isReachable } from '../shared/database'
import { createSubgraphSchema } from '../shared/subgraph/schema'
import type { Peer } from '../shared/peer'
import type { Subgraph } from '../shared/subgraph/serve'
import type { SubgraphTools } from '../shared/subgraph/tools'
import type { Context } from './context'
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
export function createEventsSubgraph({
  connection,
  now = () => new Date(),
}: EventsDependencies): Subgraph<Context> {
  const repository = createEventRepository(connection, now)
  return {
    name: 'events',
    schema: createSubgraphSchema('events', resolvers),
    createContext: ({ viewer }) => {
      const loaders = createEventLoaders(repository, viewer)
      return { viewer, service: createEventsService({ viewer, repository, loaders, now }) }
    },
    prepare: () => repository.prepare(),
    isReady: () => isReachable(connection),
    close: () => repository.idle(),
  }
}
