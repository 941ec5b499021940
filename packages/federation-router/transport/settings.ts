import { z } from 'zod'

import { subgraphUrlVariable } from '../../platform/config/subgraphs'
import { ConfigError, variable } from '../../platform/config/environment'

const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback)

/**
 * How each subgraph is treated. `<NAME>_` before a name, as in `POSTS_QUERY_TIMEOUT_MS`, says it for one subgraph alone.
 */
export const transportSettingsShape = z.object({
  /** How long each try of a query's fetch may take. */
  QUERY_TIMEOUT_MS: positive(5_000),
  MUTATION_TIMEOUT_MS: positive(15_000),
  /** How often a query's fetch is sent again after a failed connection, or after status 502, 503 or 504. */
  QUERY_RETRIES: z.coerce.number().int().min(0).max(2).default(2),
  /** The circuit opens when so many in a hundred fetches fail … */
  BREAKER_FAILURE_PERCENT: z.coerce.number().min(1).max(100).default(50),
  /** … of at least so many … */
  BREAKER_MIN_FETCHES: positive(20),
  /** … in this time. */
  BREAKER_WINDOW_MS: positive(10_000),
  /** Fetches under way at once. */
  MAX_FETCHES: positive(256),
  /** Fetches that wait for one of those to end. */
  MAX_QUEUED_FETCHES: z.coerce.number().int().min(0).default(256),
  /** The largest answer, in bytes. */
  MAX_RESPONSE_BYTES: positive(32_000_000),
  /** Whether queries under way that ask the same in the name of the same viewer share one fetch. */
  DEDUPLICATE_FETCHES: variable.flag().default(false),
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
    else problems.push(`  ${name}: ${result.error.issues.map(({ message }) => message).join(', ')}`)
  }
  if (problems.length > 0) throw new ConfigError(`The configuration is wrong:\n${problems.join('\n')}`)
  return (subgraph) => ({ ...common, ...special.get(subgraphUrlVariable(subgraph).replace(/_URL$/, '')) })
}

/** The one value that was read, without the defaults of the others. */
function given(settings: Partial<TransportSettings>, name: string): Partial<TransportSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key === name))
}
