import { z } from 'zod'

import { localUrl } from '../../schema/subgraphs'
import { variable } from '../shared/env'
import { toolsShape } from '../shared/subgraph/tools'

export const configShape = z.object({
  ...toolsShape,
  PORT: variable.port(4004),
  MONGODB_DATABASE: z.string().default('agora_comments'),
  POSTS_URL: variable.url().default(localUrl('posts')),
  /** Asked who is gone. */
  USERS_URL: variable.url().default(localUrl('users')),
})

export type Config = z.infer<typeof configShape>
