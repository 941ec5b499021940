import type { z } from 'zod'
import { openDatabase, runStartStep, type Connection } from '../mongo/database'
import { openEventLog, type EventLog } from '../../event-log'
import { unlimitedRateLimiter, type OnClose, type RateLimiter } from '../../platform'
import { createLog, type Log } from '../../platform/log'
import { createMongoRateLimiter } from '../mongo/mongoRateLimiter'
import { createServiceSigner } from '../../auth/tokens'
import { openTelemetry } from '../../platform/telemetry'
import type { resourcesConfigShape } from '../config'
import { requireCompleteRestore } from '../mongo/restoreMarker'
import { createSubgraphTelemetry, type SubgraphTelemetry } from '../telemetry/subgraphTelemetry'

/** The resources of every subgraph, closed by the process that opened them. */
export interface SubgraphResources {
  /** The subgraph's own database. */
  connection: Connection
  /** The log through which subgraphs publish domain events. */
  eventLog: EventLog
  /** Returns a viewer token that identifies the subgraph itself, for queries to its peers. */
  createServiceToken: () => string
  /** Shared by all processes of the subgraph. */
  rateLimiter: RateLimiter
  /** The same limiter for writes and sign-ups; allows everything when WRITE_LIMITS is false. */
  writeLimiter: RateLimiter
  telemetry: SubgraphTelemetry
  log: Log
}

type ResourcesConfig = z.infer<z.ZodObject<typeof resourcesConfigShape>> & { MONGODB_DATABASE: string }

/**
 * Opens the resources of a subgraph.
 *
 * @param name of the subgraph
 * @throws StartupError when the database cannot be reached, NATS rejects the user, or a restore is incomplete
 */
export async function openSubgraphResources(
  name: string,
  config: ResourcesConfig,
  onClose: OnClose,
): Promise<SubgraphResources> {
  const { MONGODB_URI: mongodbUri, EVENT_LOG_URL: url, EVENT_LOG_DATABASE: database } = config
  const log = createLog(name, config.LOG_LEVEL, {
    buffered: true,
    readable: config.NODE_ENV !== 'production',
  })
  const telemetry = createSubgraphTelemetry(
    await openTelemetry({ part: name, config, log, onClose }),
    config.SLOW_MS,
    log,
  )
  const connection = await openDatabase(mongodbUri, config.MONGODB_DATABASE, telemetry.database)
  onClose(() => connection.close())
  await requireCompleteRestore(connection)
  const limiter = createMongoRateLimiter(connection, () => new Date(), telemetry.sweepers)
  await runStartStep(() => limiter.prepare())
  onClose(() => limiter.close())
  const eventLog = await openEventLog({
    url,
    startsWithoutServer: true,
    natsReplicas: config.NATS_REPLICAS,
    mongodbUri,
    database,
    log,
    telemetry: telemetry.eventLog,
    databaseTelemetry: telemetry.database,
  })
  onClose(() => eventLog.close())
  const rateLimiter = telemetry.limits.countRefusals(limiter)
  const writeLimiter = config.WRITE_LIMITS ? rateLimiter : unlimitedRateLimiter
  if (!config.WRITE_LIMITS) log.warn('WRITE_LIMITS is false: writes, sign-ups and sessions are not limited')
  return {
    connection,
    eventLog,
    rateLimiter,
    writeLimiter,
    createServiceToken: createServiceSigner(config.ROUTER_SECRET, name),
    telemetry,
    log,
  }
}

/** Converts a subgraph's configuration into the options of {@link serveSubgraph}. */
export function toServeOptions(
  config: ResourcesConfig & { PORT: number },
  { log, telemetry }: SubgraphResources,
) {
  return {
    host: config.HOST,
    port: config.PORT,
    routerSecret: config.ROUTER_SECRET,
    previousRouterSecret: config.ROUTER_PREVIOUS_SECRET,
    drainMs: config.DRAIN_MS,
    log,
    telemetry,
  }
}
