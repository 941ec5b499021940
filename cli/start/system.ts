import type { OnClose } from '../../packages/platform/lifecycle'
import type { Config } from './config'
import { defineMongodbProcess, resolveCacheDir } from '../embedded-mongodb/embeddedMongodb'
import { readOrCreateKeys } from './keys'
import { listenAddresses, defineRouterProcess, routerUrl, defineSubgraphProcesses } from './processes'
import { requireFreePorts } from '../ports'
import type { ProcessDefinition } from '../supervisor/managedProcess'
import { createSupervisor } from '../supervisor/supervisor'

/** A system whose parts are all ready. */
export interface RunningSystem {
  /** The router's address, without a path. */
  readonly routerUrl: string
  readonly mongodbUri: string
  readonly routerSecret: string
  /** Whether the database is the embedded one. */
  readonly isEmbedded: boolean
}

/**
 * Starts everything on this machine: the database where MONGODB_URI names none, the subgraphs, the router. `onClose`
 * is told how to end it before the first process is started; it never resolves when that is done meanwhile.
 * @throws {StartError} for what whoever starts it can put right
 */
export async function startSystem(
  config: Config,
  onClose: OnClose,
  log: (line: string) => void,
): Promise<RunningSystem> {
  await requireFreePorts(listenAddresses(config))
  const database = await findDatabase(config, log)
  const made = () => readOrCreateKeys(config.DATA_DIR)
  const routerSecret = config.ROUTER_SECRET ?? made().routerSecret
  const keys = { routerSecret, jwtPrivateKey: config.JWT_PRIVATE_KEY ?? made().jwtPrivateKey }
  const supervisor = createSupervisor({
    stages: [
      { processes: database.parts },
      { processes: defineSubgraphProcesses(config, keys, database.uri) },
      // It becomes ready whatever subgraphs are up, and loading takes it the longest.
      { processes: [defineRouterProcess(config, keys)], startsWithPrevious: true },
    ],
    log,
  })
  onClose(() => supervisor.stop(), config.DRAIN_MS)
  await supervisor.start()
  return {
    routerUrl: routerUrl(config),
    mongodbUri: database.uri,
    routerSecret,
    isEmbedded: !config.MONGODB_URI,
  }
}

/**
 * The embedded database as a part to start, or the server that MONGODB_URI names. Whether that answers, the subgraphs
 * find out: this process stays without a driver, which would take a quarter of a second to load.
 */
async function findDatabase(
  config: Config,
  log: (line: string) => void,
): Promise<{ uri: string; parts: ProcessDefinition[] }> {
  if (config.MONGODB_URI !== undefined) return { uri: config.MONGODB_URI, parts: [] }
  const part = await defineMongodbProcess({
    dataDir: config.DATA_DIR,
    cacheDir: resolveCacheDir(config),
    log,
  })
  return { uri: part.uri, parts: [part] }
}
