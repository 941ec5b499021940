import { z } from 'zod'

import { subgraphUrlVariable } from '../../platform/config/subgraphs'
import { ConfigError, variable } from '../../platform/config/environment'

const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback)

/**
 * How each subgraph is treated. `<NAME>_` before a name, as in `POSTS_QUERY_TIMEOUT_MS`, says it for one subgraph alone.
 */
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
      'Retries of a query fetch, 0 to 2, after a failed connection, or status 502, 503 or 504 without a GraphQL response.',
    ),
  BREAKER_MIN_FETCHES: positive(20).describe(
    'The circuit breaker opens when half of the fetches of the last 10 s have failed, and they were at least this many.',
  ),
  MAX_FETCHES: positive(256).describe('Concurrent fetches.'),
  MAX_QUEUED_FETCHES: z.coerce.number().int().min(0).default(256).describe('How many more fetches may wait.'),
  MAX_RESPONSE_BYTES: positive(32_000_000).describe('Largest response of a subgraph.'),
  DEDUPLICATE_FETCHES: variable
    .flag()
    .default(false)
    .describe('Whether equal concurrent queries of the same viewer share one fetch, also across requests.'),
})

export type TransportSettings = z.infer<typeof transportSettingsShape>

/** What the variables of single subgraphs end in. */
export const transportSettingSuffixes: readonly string[] = Object.keys(transportSettingsShape.shape).map(
  (name) => `_${name}`,
)

/**
 * The settings of each subgraph.
 *
 * @param common what holds for those that nothing else is said of
 * @param variables such as `POSTS_QUERY_TIMEOUT_MS`, with their values
 * @throws ConfigError that names every variable whose value is wrong
 */
export function readTransportSettings(
  common: TransportSettings,
  variables: ReadonlyMap<string, string>,
): (subgraph: string) => TransportSettings {
  const problems: string[] = []
  const special = new Map<string, Partial<TransportSettings>>()
  for (const [name, value] of variables) {
    const ending = transportSettingSuffixes.find((each) => name.endsWith(each))
    if (ending === undefined) continue
    const result = transportSettingsShape.partial().safeParse({ [ending.slice(1)]: value })
    const prefix = name.slice(0, -ending.length)
    if (result.success)
      special.set(prefix, { ...special.get(prefix), ...given(result.data, ending.slice(1)) })
    else problems.push(`${name}: ${result.error.issues.map(({ message }) => message).join(', ')}`)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return (subgraph) => ({ ...common, ...special.get(subgraphUrlVariable(subgraph).replace(/_URL$/, '')) })
}

/** The one value that was read, without the defaults of the others. */
function given(settings: Partial<TransportSettings>, name: string): Partial<TransportSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key === name))
}
