import { existsSync } from 'node:fs'
import { z } from 'zod'

import { readConfig, StartupError, variable } from '../packages/platform'
import { resolveCacheDir } from './embedded-mongodb/embeddedMongodb'
import type { SubgraphName } from '../schema/subgraphs'
import type { EventLogLocation } from './eventLog'
import type { MongodbLocation } from './mongodb'

/** Where the data of a system is stored. */
export interface DataConfig extends MongodbLocation {
  databases: DatabaseNames
  eventLog: EventLogLocation
}

export type DatabaseNames = Readonly<Record<SubgraphName, string>>

/** The settings of `npm start` and of the command-line tools that locate the data. */
export const mongodbConfigShape = {
  MONGODB_URI: variable
    .mongodbUri()
    .optional()
    .describe('Without it, the embedded database in `DATA_DIR` is used.'),
  DATA_DIR: z.string().default('./data').describe('Directory of the embedded database and of created keys.'),
  EVENT_LOG_URL: variable.eventLogUrl(),
  EVENT_LOG_DATABASE: variable.eventLogDatabase(),
  XDG_CACHE_HOME: z
    .string()
    .optional()
    .describe(
      'The private glibc for the embedded database is cached in `agora` below it, on machines that need one. ' +
        'Default: `~/.cache`.',
    ),
  EMBEDDED_CACHE_MB: z.coerce
    .number()
    .int()
    .min(32)
    .max(1_000_000)
    .default(256)
    .describe('Largest cache of the embedded database in MB; its process needs some 150 MB more.'),
}

const databaseName = (subgraph: SubgraphName) =>
  z
    .string()
    .default(`agora_${subgraph}`)
    .describe(`Database of the ${subgraph} subgraph, on a server where it has another name.`)

/** The settings of `npm run import`, `projections:rebuild`, `migrate`, `backup` and `restore`. */
export const dataConfigShape = z.object({
  ...mongodbConfigShape,
  USERS_MONGODB_DATABASE: databaseName('users'),
  EVENTS_MONGODB_DATABASE: databaseName('events'),
  POSTS_MONGODB_DATABASE: databaseName('posts'),
  COMMENTS_MONGODB_DATABASE: databaseName('comments'),
})

/** @throws ConfigError with every problem */
export function readDataConfig(environment?: NodeJS.ProcessEnv): DataConfig {
  const config = readConfig(dataConfigShape, environment)
  return {
    mongodbUri: config.MONGODB_URI,
    dataDir: config.DATA_DIR,
    cacheDir: resolveCacheDir(config),
    cacheMb: config.EMBEDDED_CACHE_MB,
    databases: {
      users: config.USERS_MONGODB_DATABASE,
      events: config.EVENTS_MONGODB_DATABASE,
      posts: config.POSTS_MONGODB_DATABASE,
      comments: config.COMMENTS_MONGODB_DATABASE,
    },
    eventLog: { url: config.EVENT_LOG_URL, database: config.EVENT_LOG_DATABASE },
  }
}

/** @throws StartupError when there is no data directory, which would otherwise be created */
export function requireData({ mongodbUri, dataDir }: Pick<DataConfig, 'mongodbUri' | 'dataDir'>): void {
  if (mongodbUri !== undefined || existsSync(dataDir)) return
  throw new StartupError(
    `The data directory ${dataDir} does not exist, and MONGODB_URI is not set. Set DATA_DIR or MONGODB_URI as for the system.`,
  )
}
