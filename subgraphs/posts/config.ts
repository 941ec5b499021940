import { z } from 'zod'

import { localSubgraphUrl } from '../../schema/subgraphs'
import { variable } from '../../packages/platform'
import { resourcesConfigShape } from '../../packages/subgraph-kit/config'

/** The settings of the posts subgraph. */
export const configShape = z.object({
  ...resourcesConfigShape,
  PORT: variable.port(4003).describe('Port to listen on.'),
  MONGODB_DATABASE: z.string().default('agora_posts').describe('Database of the subgraph.'),
  EVENTS_URL: variable.url().default(localSubgraphUrl('events')).describe('Endpoint of the events subgraph.'),
  COMMENTS_URL: variable
    .url()
    .default(localSubgraphUrl('comments'))
    .describe('Endpoint of the comments subgraph.'),
  USERS_URL: variable.url().default(localSubgraphUrl('users')).describe('Endpoint of the users subgraph.'),
})
