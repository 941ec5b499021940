import { createSecurityLog } from '../../packages/auth/securityLog'
import { createSubgraphSchema } from '../../packages/subgraph-kit/graphql/subgraphSchema'
import { createReadLimiter } from '../../packages/subgraph-kit/rate-limits/readLimiter'
import type { PeerClient } from '../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../packages/subgraph-kit/server/resources'
import type { Subgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import { readReadiness } from '../../packages/subgraph-kit/server/readiness'
import { createSubgraphRelay } from '../../packages/subgraph-kit/server/subgraphRelay'
import { createSubscribe } from '../../packages/subgraph-kit/subscriptions/sourceEvents'
import type { Context } from './context'
import { createEventLoaders } from './loaders'
import { createEventsMessaging } from './messaging/eventLog'
import { createEventMetrics } from './metrics'
import { createEventRepository } from './repository'
import { resolvers } from './resolvers'
import { writeKinds } from './resolvers/writeKinds'
import { createEventsService } from './service'

interface EventsDependencies extends SubgraphResources {
  /** Client of the users subgraph. */
  users: PeerClient
  /** The clock; the system clock by default. */
  now?: () => Date
}

/** Composes the events subgraph, which owns Event and Registration and extends User. */
export function createEventsSubgraph(dependencies: EventsDependencies): Subgraph<Context> {
  const { connection, eventLog, writeLimiter, telemetry, users, now = () => new Date() } = dependencies
  const logSecurity = createSecurityLog(dependencies.log)
  const relay = createSubgraphRelay(dependencies, 'events')
  const { countEvent, countSeatOutcome } = createEventMetrics(telemetry.registry)
  const readLimiter = createReadLimiter()
  telemetry.limits.observeQueue('reads', readLimiter.readState)
  const repository = createEventRepository(
    connection,
    now,
    relay.publishPendingEvents,
    readLimiter,
    countSeatOutcome,
  )
  const messaging = createEventsMessaging({ ...dependencies, relay, events: repository })
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
          deletedUsers: messaging.deletedUsers,
          logSecurity,
          countEvent,
          now,
        }),
        subscribe: createSubscribe(eventLog, 'events', stream),
      }
    },
    async prepare() {
      await repository.prepare()
      await messaging.prepare()
      messaging.start()
    },
    readReadiness: () => readReadiness({ connection, eventLog, peers: [users] }),
    async close() {
      await messaging.close()
      await repository.waitUntilIdle()
    },
  }
}
