import { z } from 'zod'

import { localSubgraphUrl } from '../../packages/platform/config/subgraphs'
import { variable } from '../../packages/platform/config/environment'
import { resourcesConfigShape } from '../../packages/subgraph-kit/server/resourcesConfig'

export const configShape = z.object({
  ...resourcesConfigShape,
  PORT: variable.port(4004),
  MONGODB_DATABASE: z.string().default('agora_comments'),
  POSTS_URL: variable.url().default(localSubgraphUrl('posts')),
  /** Asked who is gone. */
  USERS_URL: variable.url().default(localSubgraphUrl('users')),
})

export type Config = z.infer<typeof configShape>
