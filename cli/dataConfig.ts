import { z } from 'zod'

import { readConfig, variable } from '../packages/platform/config/environment'
import { resolveCacheDir } from './embedded-mongodb/embeddedMongodb'
import type { EventLogLocation } from './eventLog'
import type { MongodbLocation } from './mongodb'

/** Where a system's data are, by the environment. */
export interface DataConfig extends MongodbLocation {
  /** The subgraphs' databases, for a server where they have other names. */
  databases: DatabaseNames
  eventLog: EventLogLocation
}

export interface DatabaseNames {
  users: string
  events: string
  posts: string
  comments: string
}

/** What `npm run import` and `npm run projections:rebuild` read of their environment. */
export const dataConfigShape = z.object({
  MONGODB_URI: variable.mongodbUri().optional(),
  DATA_DIR: z.string().default('./data'),
  AGORA_CACHE_DIR: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  USERS_MONGODB_DATABASE: z.string().default('agora_users'),
  EVENTS_MONGODB_DATABASE: z.string().default('agora_events'),
  POSTS_MONGODB_DATABASE: z.string().default('agora_posts'),
  COMMENTS_MONGODB_DATABASE: z.string().default('agora_comments'),
  EVENT_LOG_URL: variable.eventLogUrl(),
  EVENT_LOG_DATABASE: z.string().default('agora_feed'),
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
