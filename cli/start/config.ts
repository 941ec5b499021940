import { z } from 'zod'
import { defaultRouterPort, subgraphs } from '../../packages/platform/config/subgraphs'
import { variable } from '../../packages/platform/config/environment'

const highestPort = 65_535 - Math.max(...subgraphs.map(({ portOffset }) => portOffset))

/** What `npm start` reads of its environment; the parts inherit the rest of it. */
export const configShape = z.object({
  /** The router's; the subgraphs take the ports after it. */
  PORT: z.coerce.number().int().min(1).max(highestPort).default(defaultRouterPort),
  /** Where the router listens; the subgraphs and the database stay on this machine. */
  HOST: variable.host(),
  DATA_DIR: z.string().default('./data'),
  /** A MongoDB to use instead of the embedded one. */
  MONGODB_URI: variable.mongodbUri().optional(),
  /** Where the parts tell each other what happened, when it is not on the MongoDB; they read it too. */
  EVENT_LOG_URL: variable.eventLogUrl(),
  EVENT_LOG_DATABASE: z.string().default('agora_feed'),
  /** Whether to load the demo community; by default into an empty embedded database, but not in production. */
  DEMO: variable.flag().optional(),
  /** Of the parts; quiet by default, because they share one terminal. */
  LOG_LEVEL: variable.logLevel().default('warn'),
  /** The router's. */
  DRAIN_MS: variable.drain(),
  /** The router's, too; in production it has no Sandbox to show, and the demo community no roles. */
  NODE_ENV: variable.nodeEnv(),
  /** Made once in DATA_DIR/keys where they are not set. */
  ROUTER_SECRET: variable.secret().optional(),
  JWT_PRIVATE_KEY: z.string().optional(),
  AGORA_CACHE_DIR: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
})

export type Config = z.infer<typeof configShape>
