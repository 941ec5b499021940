import { attachOrStartMongodb } from './embedded-mongodb/embeddedMongodb'

/** Where a command-line tool finds the MongoDB of a system. */
export interface MongodbLocation {
  /** Undefined: the embedded database in `dataDir`. */
  mongodbUri: string | undefined
  dataDir: string
  /** Where the private glibc is cached. */
  cacheDir: string
  /** The size of the cache of an embedded database that is started. */
  cacheMb: number
}

export interface MongodbServer {
  uri: string
  /** Whether it was started for this program, so that no system is running on it. */
  started: boolean
  close(): Promise<void>
}

/**
 * Returns the configured server, or the embedded database of the data directory: the one of a running system, or one that
 * is started until `close`.
 *
 * @throws StartupError when it cannot be started
 */
export async function openMongodb(
  location: MongodbLocation,
  log: (line: string) => void,
): Promise<MongodbServer> {
  const { mongodbUri, dataDir, cacheDir, cacheMb } = location
  if (mongodbUri !== undefined) return { uri: mongodbUri, started: false, close: async () => {} }
  return attachOrStartMongodb({ dataDir, cacheDir, cacheMb, log })
}
