import { z } from 'zod'

import { localSubgraphUrl } from '../../packages/platform/config/subgraphs'
import { variable } from '../../packages/platform/config/environment'
import { resourcesConfigShape } from '../../packages/subgraph-kit/server/resourcesConfig'

/** What the events subgraph reads of its environment. */
export const configShape = z.object({
  ...resourcesConfigShape,
  PORT: variable.port(4002),
  /** Asked who is gone. */
  USERS_URL: variable.url().default(localSubgraphUrl('users')),
  MONGODB_DATABASE: z.string().default('agora_events'),
})

export type Config = z.infer<typeof configShape>
