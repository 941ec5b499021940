import type { z } from 'zod'

import { openDatabase, type Connection } from '../mongo/database'
import type { EventLog } from '../../event-log/eventLog'
import { openEventLog } from '../../event-log/openEventLog'
import type { OnClose } from '../../platform/lifecycle'
import { createLog, type Log } from '../../platform/log'
import { createMongoRateLimiter } from '../mongo/mongoRateLimiter'
import { unlimitedRateLimiter, type RateLimiter } from '../../platform/rate-limits/rateLimiter'
import { createServiceSigner } from '../../auth/viewerToken'
import type { resourcesConfigShape } from './resourcesConfig'

/** What every subgraph works with. Whoever opened these closes them. */
export interface SubgraphResources {
  /** The subgraph's own database. */
  connection: Connection
  /** Where the subgraphs tell each other what happened. */
  eventLog: EventLog
  /** A token to ask another subgraph with, for oneself and not for a viewer. */
  createServiceToken: () => string
  /** Limits attempts, for all processes of the subgraph together. */
  rateLimiter: RateLimiter
  /** The same for writes and sign-ups, or one that allows everything; see WRITE_LIMITS. */
  writeLimiter: RateLimiter
  log: Log
}

type ToolsConfig = z.infer<z.ZodObject<typeof resourcesConfigShape>> & { MONGODB_DATABASE: string }

/**
 * Opens what a subgraph works with.
 *
 * @param name the subgraph's
 * @throws StartError when the database or the feed cannot be reached
 */
export async function openSubgraphResources(
  name: string,
  config: ToolsConfig,
  onClose: OnClose,
): Promise<SubgraphResources> {
  const { MONGODB_URI: mongodbUri, EVENT_LOG_URL: url, EVENT_LOG_DATABASE: database } = config
  const log = createLog(name, config.LOG_LEVEL)
  const connection = await openDatabase(mongodbUri, config.MONGODB_DATABASE)
  onClose(() => connection.close())
  const limiter = createMongoRateLimiter(connection)
  await limiter.prepare()
  onClose(() => limiter.close())
  const feed = await openEventLog({ url, mongodbUri, database, log })
  onClose(() => feed.close())
  const writeLimiter = config.WRITE_LIMITS ? limiter : unlimitedRateLimiter
  if (!config.WRITE_LIMITS) log.warn('WRITE_LIMITS is false: writes, sign-ups and sessions are not limited')
  return {
    connection,
    eventLog: feed,
    rateLimiter: limiter,
    writeLimiter,
    createServiceToken: createServiceSigner(config.ROUTER_SECRET, name),
    log,
  }
}

/** Returns the options of `serveSubgraph` from a subgraph's configuration. */
export function toServeOptions(config: ToolsConfig & { PORT: number }, log: Log) {
  return {
    host: config.HOST,
    port: config.PORT,
    routerSecret: config.ROUTER_SECRET,
    previousRouterSecret: config.ROUTER_PREVIOUS_SECRET,
    drainMilliseconds: config.DRAIN_MS,
    log,
  }
}
