import { z } from 'zod'

import { localUrl } from '../../schema/subgraphs'
import { variable } from '../shared/env'
import { toolsShape } from '../shared/subgraph/tools'

/** What the posts subgraph reads of its environment. */
export const configShape = z.object({
  ...toolsShape,
  PORT: variable.port(4003),
  MONGODB_DATABASE: z.string().default('agora_posts'),
  /** Asked whether the event of a post exists. */
  EVENTS_URL: variable.url().default(localUrl('events')),
  /** Asked how much is said on posts. */
  COMMENTS_URL: variable.url().default(localUrl('comments')),
  /** Asked who is gone. */
  USERS_URL: variable.url().default(localUrl('users')),
})

export type Config = z.infer<typeof configShape>
