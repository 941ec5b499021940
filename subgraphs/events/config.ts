import { z } from 'zod'

import { localSubgraphUrl } from '../../schema/subgraphs'
import { variable } from '../../packages/platform'
import { resourcesConfigShape } from '../../packages/subgraph-kit/config'

/** The settings of the events subgraph. */
export const configShape = z.object({
  ...resourcesConfigShape,
  PORT: variable.port(4002).describe('Port to listen on.'),
  USERS_URL: variable.url().default(localSubgraphUrl('users')).describe('Endpoint of the users subgraph.'),
  CHECK_IN_OPENS_BEFORE: z.coerce
    .number()
    .int()
    .min(0)
    .max(8760)
    .default(24)
    .describe('How many hours before its start the check-in of an event opens.'),
  MONGODB_DATABASE: z.string().default('agora_events').describe('Database of the subgraph.'),
})
