import { z } from 'zod'
import { defaultRouterPort, subgraphs } from '../../schema/subgraphs'
import { variable } from '../../packages/platform'
import { configShape as usersShape } from '../../subgraphs/users/config'
import { mongodbConfigShape } from '../dataConfig'

const highestPort = 65_535 - Math.max(...subgraphs.map(({ portOffset }) => portOffset))

const settings = z.object({
  ...mongodbConfigShape,
  PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(highestPort)
    .default(defaultRouterPort)
    .describe('Port of the router; the subgraphs use the following four.'),
  HOST: variable.host().describe('Address of the router; the subgraphs and the database are local.'),
  DEMO: variable
    .flag()
    .optional()
    .describe(
      '`true` loads the demo community into any database, `false` never loads it. Default: only into an empty embedded ' +
        'database, and not in production. In production all its accounts are members, and a database from development ' +
        'where one with a role still has the published password is refused.',
    ),
  LOG_LEVEL: variable
    .logLevel()
    .default('warn')
    .describe('Lower by default, because all processes share one terminal.'),
  METRICS_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(highestPort)
    .optional()
    .describe(
      'Port of `/metrics` of the router; those of the subgraphs use the following four. Default: the port of each process, ' +
        'in production none.',
    ),
  DRAIN_MS: variable.drain().describe('Drain time of the router; the subgraphs end after it.'),
  NODE_ENV: variable.nodeEnv(),
  SMTP_URL: usersShape.shape.SMTP_URL,
  ROUTER_SECRET: variable.secret().optional().describe('Created in `DATA_DIR/keys` when it is not set.'),
  JWT_PRIVATE_KEY: z.string().optional().describe('Created in `DATA_DIR/keys` when it is not set.'),
})

const portCount = 1 + subgraphs.length

/** The settings of `npm start`. The processes that it starts inherit its environment. */
export const configShape = settings.refine(
  ({ PORT, METRICS_PORT }) => METRICS_PORT === undefined || Math.abs(METRICS_PORT - PORT) >= portCount,
  {
    path: ['METRICS_PORT'],
    error: 'its five ports overlap those of PORT: set it to another range of five free ports',
  },
)

export type Config = z.infer<typeof configShape>
