import type { OnClose } from '../subgraphs/shared/lifecycle'
import type { Config } from './config'
import { databasePart, defaultCacheDir } from './database/startDatabase'
import { makeKeys } from './keys'
import { addresses, routerPart, routerUrl, subgraphParts } from './parts'
import { requireFreePorts } from './ports'
import type { PartDefinition } from './supervisor/part'
import { createSupervisor } from './supervisor/supervisor'

/** A system whose parts are all ready. */
export interface RunningSystem {
  /** The router's address, without a path. */
  readonly url: string
  readonly mongodbUri: string
  readonly routerSecret: string
  /** Whether the database is the embedded one. */
  readonly embedded: boolean
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
  await requireFreePorts(addresses(config))
  const database = await findDatabase(config, log)
  const made = () => makeKeys(config.DATA_DIR)
  const routerSecret = config.ROUTER_SECRET ?? made().routerSecret
  const keys = { routerSecret, jwtPrivateKey: config.JWT_PRIVATE_KEY ?? made().jwtPrivateKey }
  const supervisor = createSupervisor({
    stages: [
      { parts: database.parts },
      { parts: subgraphParts(config, keys, database.uri) },
      // It becomes ready whatever subgraphs are up, and loading takes it the longest.
      { parts: [routerPart(config, keys)], alongside: true },
    ],
    log,
  })
  onClose(() => supervisor.stop(), config.DRAIN_MS)
  await supervisor.start()
  return { url: routerUrl(config), mongodbUri: database.uri, routerSecret, embedded: !config.MONGODB_URI }
}

/**
 * The embedded database as a part to start, or the server that MONGODB_URI names. Whether that answers, the subgraphs
 * find out: this process stays without a driver, which would take a quarter of a second to load.
 */
async function findDatabase(
  config: Config,
  log: (line: string) => void,
): Promise<{ uri: string; parts: PartDefinition[] }> {
  if (config.MONGODB_URI !== undefined) return { uri: config.MONGODB_URI, parts: [] }
  const part = await databasePart({ dataDir: config.DATA_DIR, cacheDir: defaultCacheDir(config), log })
  return { uri: part.uri, parts: [part] }
}
