import { z } from 'zod'

import { localSubgraphUrl } from '../../packages/platform/config/subgraphs'
import { variable } from '../../packages/platform/config/environment'
import { resourcesConfigShape } from '../../packages/subgraph-kit/server/resourcesConfig'

/** The environment variables of the events subgraph. */
export const configShape = z.object({
  ...resourcesConfigShape,
  PORT: variable.port(4002),
  /** The users subgraph, asked for existing accounts when the deleted users are rebuilt. */
  USERS_URL: variable.url().default(localSubgraphUrl('users')),
  MONGODB_DATABASE: z.string().default('agora_events'),
})

export type Config = z.infer<typeof configShape>
