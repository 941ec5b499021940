import { z } from 'zod'

import { localSubgraphUrl } from '../../schema/subgraphs'
import { variable } from '../../packages/platform'
import { resourcesConfigShape } from '../../packages/subgraph-kit/config'

/** The environment variables of the comments subgraph. */
export const configShape = z.object({
  ...resourcesConfigShape,
  PORT: variable.port(4004).describe('Port to listen on.'),
  MONGODB_DATABASE: z.string().default('agora_comments').describe('Database of the subgraph.'),
  POSTS_URL: variable.url().default(localSubgraphUrl('posts')).describe('Endpoint of the posts subgraph.'),
  USERS_URL: variable.url().default(localSubgraphUrl('users')).describe('Endpoint of the users subgraph.'),
})
