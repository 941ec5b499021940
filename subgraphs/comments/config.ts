import { z } from 'zod'

import { localUrl } from '../../schema/subgraphs'
import { variable } from '../shared/env'

export const configShape = z.object({
  PORT: variable.port(4004),
  HOST: variable.host(),
  MONGODB_URI: variable.mongodbUri(),
  MONGODB_DATABASE: z.string().default('agora_comments'),
  ROUTER_SECRET: variable.secret(),
  POSTS_URL: variable.url().default(localUrl('posts')),
  LOG_LEVEL: variable.logLevel(),
})

export type Config = z.infer<typeof configShape>
