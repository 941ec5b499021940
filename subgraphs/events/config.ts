import { z } from 'zod'

import { variable } from '../shared/env'

/** What the events subgraph reads of its environment. */
export const configShape = z.object({
  PORT: variable.port(4002),
  HOST: variable.host(),
  MONGODB_URI: variable.mongodbUri(),
  MONGODB_DATABASE: z.string().default('agora_events'),
  /** The same as the router's: under it the router signs who is asking. */
  ROUTER_SECRET: variable.secret(),
  LOG_LEVEL: variable.logLevel(),
})

export type Config = z.infer<typeof configShape>
