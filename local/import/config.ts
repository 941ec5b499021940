import { z } from 'zod'

import { readConfig, variable } from '../../subgraphs/shared/env'
import { defaultCacheDir } from '../database/startDatabase'

/** Where an import goes, by the environment. */
export interface ImportConfig {
  /** The server; undefined for the embedded database of `dataDir`. */
  mongodbUri: string | undefined
  dataDir: string
  /** Where a newer C library for the embedded database may be cached. */
  cacheDir: string
  /** The subgraphs' databases, for a server where they have other names. */
  databases: DatabaseNames
}

export interface DatabaseNames {
  users: string
  events: string
  posts: string
  comments: string
}

/** What an import reads of its environment. */
export const importVariables = z.object({
  MONGODB_URI: variable.mongodbUri().optional(),
  DATA_DIR: z.string().default('./data'),
  AGORA_CACHE_DIR: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  USERS_MONGODB_DATABASE: z.string().default('agora_users'),
  EVENTS_MONGODB_DATABASE: z.string().default('agora_events'),
  POSTS_MONGODB_DATABASE: z.string().default('agora_posts'),
  COMMENTS_MONGODB_DATABASE: z.string().default('agora_comments'),
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
  }
}
