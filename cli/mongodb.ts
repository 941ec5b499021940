import { attachOrStartMongodb } from './embedded-mongodb/embeddedMongodb'

/** Where a program beside the system finds its MongoDB. */
export interface MongodbLocation {
  /** The server; undefined for the embedded database of `dataDir`. */
  mongodbUri: string | undefined
  dataDir: string
  /** Where a newer C library for the embedded database may be cached. */
  cacheDir: string
}

/** The system's MongoDB, until `close`. */
export interface MongodbServer {
  uri: string
  /** Whether it was started for this program: then no system runs on it. */
  started: boolean
  close(): Promise<void>
}

/**
 * The server that is named, else the embedded one, which is started for as long as this takes where no system runs on its
 * data folder.
 *
 * @throws StartError when it cannot be started
 */
export async function openMongodb(
  place: MongodbLocation,
  log: (line: string) => void,
): Promise<MongodbServer> {
  const { mongodbUri, dataDir, cacheDir } = place
  if (mongodbUri !== undefined) return { uri: mongodbUri, started: false, close: async () => {} }
  return attachOrStartMongodb({ dataDir, cacheDir, log })
}
