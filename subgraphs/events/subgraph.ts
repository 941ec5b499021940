import { createSecurityLog } from '../../packages/auth'
import { dayMs } from '../../packages/platform'
import {
  createSubgraphRelay,
  createSubgraphSchema,
  createSubscribe,
  readReadiness,
  type Subgraph,
  type SubgraphResources,
} from '../../packages/subgraph-kit'
import { createReadLimiter } from '../../packages/subgraph-kit/mongo'
import { createExistingIdsQuery, type PeerClient } from '../../packages/subgraph-kit/peers'
import type { Context } from './context'
import { createEventLoaders } from './loaders'
import { findInvalidatedTags } from './messaging/cacheTags'
import { createEventsMessaging } from './messaging/eventLog'
import { createEventMetrics } from './metrics'
import { createEventRepository } from './repository'
import { resolvers, writeKinds } from './resolvers'
import { createEventsService } from './service'

interface EventsDependencies extends SubgraphResources {
  /** Client of the users subgraph. */
  users: PeerClient
  /** How long before its start the check-in of an event opens; default: a day. */
  checkInOpensBeforeMs?: number
  /** How often it looks for events of which people must be reminded; default: 30 s. */
  reminderIntervalMs?: number
  /** The clock; the system clock by default. */
  now?: () => Date
}

/** Composes the events subgraph, which owns Event and Registration and extends User. */
export function createEventsSubgraph(dependencies: EventsDependencies): Subgraph<Context> {
  const { connection, eventLog, writeLimiter, telemetry, users } = dependencies
  const { now = () => new Date(), checkInOpensBeforeMs = dayMs, reminderIntervalMs = 30_000 } = dependencies
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
  const findExistingUserIds = createExistingIdsQuery(users, 'presentUserIds', dependencies.createServiceToken)
  const messaging = createEventsMessaging({
    ...dependencies,
    reminderIntervalMs,
    relay,
    events: repository,
    findExistingUserIds,
  })
  return {
    name: 'events',
    schema: createSubgraphSchema({ name: 'events', resolvers, writeKinds, writeLimiter, now }),
    createContext: ({ viewer, address, stream, cachePolicy }) => {
      const loaders = createEventLoaders(repository, viewer)
      return {
        viewer,
        address,
        cachePolicy,
        service: createEventsService({
          viewer,
          cachePolicy,
          repository,
          loaders,
          deletedUsers: messaging.deletedUsers,
          findExistingUserIds,
          writeLimiter,
          checkInOpensBeforeMs,
          logSecurity,
          countEvent,
          now,
        }),
        subscribe: createSubscribe(eventLog, 'events', stream),
      }
    },
    cacheInvalidation: { eventLog, findInvalidatedTags },
    async prepare() {
      await repository.prepare(dependencies.log)
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
