import { z } from 'zod'

import { localUrl } from '../../schema/subgraphs'
import { variable } from '../shared/env'
import { toolsShape } from '../shared/subgraph/tools'

/** What the events subgraph reads of its environment. */
export const configShape = z.object({
  ...toolsShape,
  PORT: variable.port(4002),
  /** Asked who is gone. */
  USERS_URL: variable.url().default(localUrl('users')),
  MONGODB_DATABASE: z.string().default('agora_events'),
})

export type Config = z.infer<typeof configShape>
