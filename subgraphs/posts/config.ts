import { z } from 'zod'

import { localSubgraphUrl } from '../../packages/platform/config/subgraphs'
import { variable } from '../../packages/platform/config/environment'
import { resourcesConfigShape } from '../../packages/subgraph-kit/server/resourcesConfig'

/** What the posts subgraph reads of its environment. */
export const configShape = z.object({
  ...resourcesConfigShape,
  PORT: variable.port(4003),
  MONGODB_DATABASE: z.string().default('agora_posts'),
  /** Asked whether the event of a post exists. */
  EVENTS_URL: variable.url().default(localSubgraphUrl('events')),
  /** Asked how much is said on posts. */
  COMMENTS_URL: variable.url().default(localSubgraphUrl('comments')),
  /** Asked who is gone. */
  USERS_URL: variable.url().default(localSubgraphUrl('users')),
})

export type Config = z.infer<typeof configShape>
