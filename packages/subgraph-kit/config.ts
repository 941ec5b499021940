import { z } from 'zod'
import { variable } from '../platform'
import { telemetryConfigShape } from '../platform'

/** The settings of every subgraph, except those that differ: port, database and other subgraphs' URLs. */
export const resourcesConfigShape = {
  HOST: variable.host(),
  MONGODB_URI: variable.mongodbUri().describe('MongoDB server, 6.0 or later.'),
  ROUTER_SECRET: variable
    .secret()
    .describe('Verifies the viewer that the router passes on, and signs requests to other subgraphs.'),
  ROUTER_PREVIOUS_SECRET: variable
    .secret()
    .optional()
    .describe(
      'Second secret, accepted while secrets rotate, never used to sign. See [key rotation](security.md#keys).',
    ),
  EVENT_LOG_URL: variable.eventLogUrl(),
  EVENT_LOG_DATABASE: variable.eventLogDatabase(),
  NATS_REPLICAS: z.coerce
    .number()
    .int()
    .min(1)
    .max(5)
    .optional()
    .describe(
      'Copies of each topic in a NATS cluster. Default: 3 where the cluster has at least three servers, otherwise 1. ' +
        'Existing topics get more copies, never fewer.',
    ),
  WRITE_LIMITS: variable
    .flag()
    .default(true)
    .describe(
      '`false` disables the limits of writes, sign-ups, successful sign-ins and session renewals, for load tests and ' +
        'bulk writes through the API. The limits of wrong passwords stay. See [security](security.md).',
    ),
  LOG_LEVEL: variable.logLevel(),
  DRAIN_MS: variable.drain(),
  NODE_ENV: variable.nodeEnv(),
  ...telemetryConfigShape,
}
