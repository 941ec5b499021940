import { z } from 'zod'

import { ConfigError, subgraphUrlVariable, variable } from '../../platform'

const positive = (defaultValue: number) => z.coerce.number().int().positive().default(defaultValue)

/** The settings of each subgraph. The prefix `<NAME>_`, as in `POSTS_QUERY_TIMEOUT_MS`, sets one for a single subgraph. */
export const transportSettingsShape = z.object({
  QUERY_TIMEOUT_MS: positive(5_000).describe('Timeout of each attempt of a query fetch.'),
  MUTATION_TIMEOUT_MS: positive(15_000).describe('Timeout of a mutation fetch.'),
  QUERY_RETRIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(2)
    .default(2)
    .describe(
      'Retries of a query fetch, 0 to 2, after a failed connection, or status 408, 502, 503 or 504 without a GraphQL response.',
    ),
  BREAKER_MIN_FETCHES: positive(20).describe(
    'The circuit breaker opens when half of the fetches of the last 10 s have failed, and they were at least this many.',
  ),
  MAX_FETCHES: positive(256).describe('Concurrent fetches.'),
  MAX_QUEUED_FETCHES: z.coerce.number().int().min(0).default(256).describe('How many more fetches may wait.'),
  MAX_RESPONSE_BYTES: positive(32_000_000).describe(
    'Largest response of a subgraph, and largest event of its subscriptions (in characters).',
  ),
  SUBSCRIPTION_PROTOCOL: z
    .enum(['sse', 'graphql-ws'])
    .default('sse')
    .describe(
      'Protocol for subscriptions: `sse` (server-sent events of graphql-sse, which can be resumed), or `graphql-ws` (WebSockets).',
    ),
  SUBSCRIPTION_PATH: z
    .string()
    .startsWith('/')
    .optional()
    .describe('Path of subscriptions at the server of the subgraph. Default: that of its URL.'),
  DEDUPLICATE_FETCHES: variable
    .flag()
    .default(false)
    .describe('Whether equal concurrent queries of the same viewer share one fetch, also across requests.'),
})

export type TransportSettings = z.infer<typeof transportSettingsShape>

/** The suffixes of variables for single subgraphs. */
export const transportSettingSuffixes: readonly string[] = Object.keys(transportSettingsShape.shape).map(
  (name) => `_${name}`,
)

/**
 * Reads the settings of single subgraphs.
 *
 * @param common the settings of all subgraphs
 * @param variables such as `POSTS_QUERY_TIMEOUT_MS`, with their values
 * @returns the settings of a subgraph, by its name
 * @throws ConfigError that names every variable whose value is invalid
 */
export function readTransportSettings(
  common: TransportSettings,
  variables: ReadonlyMap<string, string>,
): (subgraph: string) => TransportSettings {
  const problems: string[] = []
  const byPrefix = new Map<string, Partial<TransportSettings>>()
  for (const [variableName, value] of variables) {
    const suffix = transportSettingSuffixes.find((each) => variableName.endsWith(each))
    if (suffix === undefined) continue
    const name = suffix.slice(1)
    const result = transportSettingsShape.partial().safeParse({ [name]: value })
    const prefix = variableName.slice(0, -suffix.length)
    if (result.success) byPrefix.set(prefix, { ...byPrefix.get(prefix), ...pickSetting(result.data, name) })
    else problems.push(`${variableName}: ${result.error.issues.map(({ message }) => message).join(', ')}`)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return (subgraph) => ({ ...common, ...byPrefix.get(subgraphUrlVariable(subgraph).replace(/_URL$/, '')) })
}

/** Returns the setting that was parsed, without the defaults of the others. */
function pickSetting(settings: Partial<TransportSettings>, name: string): Partial<TransportSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key === name))
}
