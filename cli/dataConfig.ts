import { z } from 'zod'

import { readConfig, variable } from '../packages/platform/config/environment'
import { resolveCacheDir } from './embedded-mongodb/embeddedMongodb'
import type { SubgraphName } from '../packages/platform/config/subgraphs'
import type { EventLogLocation } from './eventLog'
import type { MongodbLocation } from './mongodb'

/** Where a system's data are, by the environment. */
export interface DataConfig extends MongodbLocation {
  /** The subgraphs' databases, for a server where they have other names. */
  databases: DatabaseNames
  eventLog: EventLogLocation
}

export type DatabaseNames = Readonly<Record<SubgraphName, string>>

/** Where a system on this machine has its data, for `npm start` and the command-line tools. */
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
}

const databaseName = (subgraph: SubgraphName) =>
  z
    .string()
    .default(`agora_${subgraph}`)
    .describe(`Database of the ${subgraph} subgraph, on a server where it has another name.`)

/** What `npm run import` and `npm run projections:rebuild` read of their environment. */
export const dataConfigShape = z.object({
  ...mongodbConfigShape,
  USERS_MONGODB_DATABASE: databaseName('users'),
  EVENTS_MONGODB_DATABASE: databaseName('events'),
  POSTS_MONGODB_DATABASE: databaseName('posts'),
  COMMENTS_MONGODB_DATABASE: databaseName('comments'),
})

/** @throws ConfigError that names every problem */
export function readDataConfig(environment?: NodeJS.ProcessEnv): DataConfig {
  const config = readConfig(dataConfigShape, environment)
  return {
    mongodbUri: config.MONGODB_URI,
    dataDir: config.DATA_DIR,
    cacheDir: resolveCacheDir(config),
    databases: {
      users: config.USERS_MONGODB_DATABASE,
      events: config.EVENTS_MONGODB_DATABASE,
      posts: config.POSTS_MONGODB_DATABASE,
      comments: config.COMMENTS_MONGODB_DATABASE,
    },
    eventLog: { url: config.EVENT_LOG_URL, database: config.EVENT_LOG_DATABASE },
  }
}
