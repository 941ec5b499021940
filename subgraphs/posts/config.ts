import { z } from 'zod'

import { localUrl } from '../../schema/subgraphs'
import { variable } from '../shared/env'

/** What the posts subgraph reads of its environment. */
export const configShape = z.object({
  PORT: variable.port(4003),
  HOST: variable.host(),
  MONGODB_URI: variable.mongodbUri(),
  MONGODB_DATABASE: z.string().default('agora_posts'),
  /** The same as the router's: under it the router signs who is asking. */
  ROUTER_SECRET: variable.secret(),
  /** Asked whether the event of a post exists. */
  EVENTS_URL: variable.url().default(localUrl('events')),
  LOG_LEVEL: variable.logLevel(),
})

export type Config = z.infer<typeof configShape>
