import { isReachable } from '../../packages/subgraph-kit/mongo/database'
import { createSubgraphSchema } from '../../packages/subgraph-kit/graphql/subgraphSchema'
import { createSubscribe } from '../../packages/subgraph-kit/subscriptions/sourceEvents'
import { createSubgraphRelay } from '../../packages/subgraph-kit/server/subgraphRelay'
import type { PeerClient } from '../../packages/subgraph-kit/peerClient'
import { createSecurityLog } from '../../packages/auth/securityLog'
import type { Subgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import type { SubgraphResources } from '../../packages/subgraph-kit/server/resources'
import type { Context } from './context'
import { createEventsMessaging } from './messaging/eventLog'
import { createEventLoaders } from './loaders'
import { createEventRepository } from './repository'
import { resolvers } from './resolvers'
import { writeKinds } from './resolvers/writeKinds'
import { createEventsService } from './service'

export interface EventsDependencies extends SubgraphResources {
  /** The users subgraph, asked who is gone. */
  users: PeerClient
  /** The clock; the machine's unless a test says otherwise. */
  now?: () => Date
}

/** The events subgraph as a value: it owns Event and Registration, and adds both to User. */
export function createEventsSubgraph(dependencies: EventsDependencies): Subgraph<Context> {
  const { connection, eventLog, writeLimiter, now = () => new Date() } = dependencies
  const logSecurity = createSecurityLog(dependencies.log)
  const relay = createSubgraphRelay(dependencies, 'events')
  const repository = createEventRepository(connection, now, relay.publishPendingEvents)
  const exchange = createEventsMessaging({ ...dependencies, relay, events: repository })
  return {
    name: 'events',
    schema: createSubgraphSchema({ name: 'events', resolvers, writeKinds, writeLimiter }),
    createContext: ({ viewer, address, stream }) => {
      const loaders = createEventLoaders(repository, viewer)
      return {
        viewer,
        address,
        service: createEventsService({
          viewer,
          repository,
          loaders,
          isUserDeleted: exchange.deletedUsers.isDeleted,
          logSecurity,
          now,
        }),
        subscribe: createSubscribe(eventLog, 'events', stream),
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
      await repository.waitUntilIdle()
    },
  }
}
