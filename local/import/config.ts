import { z } from 'zod'

import { readConfig, variable } from '../../subgraphs/shared/env'
import { defaultCacheDir } from '../database/startDatabase'
import type { FeedPlace } from '../feed'
import type { ServerPlace } from '../server'

/** Where a system's data are, by the environment. */
export interface ImportConfig extends ServerPlace {
  /** The subgraphs' databases, for a server where they have other names. */
  databases: DatabaseNames
  feed: FeedPlace
}

export interface DatabaseNames {
  users: string
  events: string
  posts: string
  comments: string
}

/** What `npm run import` and `npm run feed:rebuild` read of their environment. */
export const importVariables = z.object({
  MONGODB_URI: variable.mongodbUri().optional(),
  DATA_DIR: z.string().default('./data'),
  AGORA_CACHE_DIR: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  USERS_MONGODB_DATABASE: z.string().default('agora_users'),
  EVENTS_MONGODB_DATABASE: z.string().default('agora_events'),
  POSTS_MONGODB_DATABASE: z.string().default('agora_posts'),
  COMMENTS_MONGODB_DATABASE: z.string().default('agora_comments'),
  FEED_URL: variable.feedUrl(),
  FEED_DATABASE: z.string().default('agora_feed'),
})

/** @throws ConfigError that names every problem */
export function readImportConfig(environment?: NodeJS.ProcessEnv): ImportConfig {
  const config = readConfig(importVariables, environment)
  return {
    mongodbUri: config.MONGODB_URI,
    dataDir: config.DATA_DIR,
    cacheDir: defaultCacheDir(config),
    databases: {
      users: config.USERS_MONGODB_DATABASE,
      events: config.EVENTS_MONGODB_DATABASE,
      posts: config.POSTS_MONGODB_DATABASE,
      comments: config.COMMENTS_MONGODB_DATABASE,
    },
    feed: { url: config.FEED_URL, database: config.FEED_DATABASE },
  }
}
