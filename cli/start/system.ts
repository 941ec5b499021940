import type { OnClose } from '../../packages/platform'
import type { Config } from './config'
import { defineMongodbProcess, resolveCacheDir } from '../embedded-mongodb/embeddedMongodb'
import { readOrCreateKeys, type SystemKeys } from './keys'
import { listenAddresses, defineRouterProcess, routerUrl, defineSubgraphProcesses } from './processes'
import { requireFreePorts } from '../ports'
import type { ProcessDefinition } from '../supervisor/managedProcess'
import type { SystemOutput } from '../supervisor/systemOutput'
import { createSupervisor } from '../supervisor/supervisor'

/** A system whose processes are all ready. */
export interface RunningSystem {
  /** Without a path. */
  readonly routerUrl: string
  readonly mongodbUri: string
  readonly isEmbedded: boolean
}

/**
 * Starts the whole system on this machine: the embedded database unless MONGODB_URI is set, the subgraphs and the router.
 * Registers its stop with `onClose` before the first process starts; never resolves when it is stopped while starting.
 * @throws {StartupError} when a port is taken, the keys cannot be read, or a process does not start
 */
export async function startSystem(
  config: Config,
  onClose: OnClose,
  output: SystemOutput,
): Promise<RunningSystem> {
  await requireFreePorts(listenAddresses(config))
  const database = await defineDatabase(config, output.writeMessage)
  const keys = resolveKeys(config)
  const supervisor = createSupervisor({
    stages: [
      { processes: database.processes },
      { processes: defineSubgraphProcesses(config, keys, database.uri) },
      // The router takes the longest to load, and becomes ready without the subgraphs.
      { processes: [defineRouterProcess(config, keys)], startsWithPrevious: true },
    ],
    output,
  })
  onClose(() => supervisor.stop(), config.DRAIN_MS)
  await supervisor.start()
  return {
    routerUrl: routerUrl(config),
    mongodbUri: database.uri,
    isEmbedded: !config.MONGODB_URI,
  }
}

function resolveKeys({ ROUTER_SECRET, JWT_PRIVATE_KEY, DATA_DIR }: Config): SystemKeys {
  if (ROUTER_SECRET !== undefined && JWT_PRIVATE_KEY !== undefined)
    return { routerSecret: ROUTER_SECRET, jwtPrivateKey: JWT_PRIVATE_KEY }
  const stored = readOrCreateKeys(DATA_DIR)
  return {
    routerSecret: ROUTER_SECRET ?? stored.routerSecret,
    jwtPrivateKey: JWT_PRIVATE_KEY ?? stored.jwtPrivateKey,
  }
}

/**
 * Defines the process of the embedded database, or none when MONGODB_URI names a server. The subgraphs check whether that
 * responds: this process loads no driver, which would cost a quarter of a second.
 */
async function defineDatabase(
  config: Config,
  log: (line: string) => void,
): Promise<{ uri: string; processes: ProcessDefinition[] }> {
  if (config.MONGODB_URI !== undefined) return { uri: config.MONGODB_URI, processes: [] }
  const definition = await defineMongodbProcess({
    dataDir: config.DATA_DIR,
    cacheDir: resolveCacheDir(config),
    cacheMb: config.EMBEDDED_CACHE_MB,
    log,
  })
  return { uri: definition.uri, processes: [definition] }
}
