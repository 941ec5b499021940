import { z } from 'zod'

import { subgraphUrlVariable } from '../../platform/config/subgraphs'
import { ConfigError, variable } from '../../platform/config/environment'

const positive = (defaultValue: number) => z.coerce.number().int().positive().default(defaultValue)

/** The settings of each subgraph. The prefix `<NAME>_`, as in `POSTS_QUERY_TIMEOUT_MS`, sets one for a single subgraph. */
export const transportSettingsShape = z.object({
  /** The time for each attempt of a query. */
  QUERY_TIMEOUT_MS: positive(5_000),
  /** The time for a mutation. */
  MUTATION_TIMEOUT_MS: positive(15_000),
  /** How often a query is retried after a failed connection, or after status 502, 503 or 504. */
  QUERY_RETRIES: z.coerce.number().int().min(0).max(2).default(2),
  /** The circuit opens when this percentage of requests fails … */
  BREAKER_FAILURE_PERCENT: z.coerce.number().min(1).max(100).default(50),
  /** … of at least so many … */
  BREAKER_MIN_FETCHES: positive(20),
  /** … in this time. */
  BREAKER_WINDOW_MS: positive(10_000),
  /** The most simultaneous requests. */
  MAX_FETCHES: positive(256),
  /** The most requests that wait for one of those to end. */
  MAX_QUEUED_FETCHES: z.coerce.number().int().min(0).default(256),
  /** The largest response, in bytes. */
  MAX_RESPONSE_BYTES: positive(32_000_000),
  /** Whether equal simultaneous queries of the same viewer are sent once. */
  DEDUPLICATE_FETCHES: variable.flag().default(false),
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
    else problems.push(`  ${variableName}: ${result.error.issues.map(({ message }) => message).join(', ')}`)
  }
  if (problems.length > 0) throw new ConfigError(`The configuration is wrong:\n${problems.join('\n')}`)
  return (subgraph) => ({ ...common, ...byPrefix.get(subgraphUrlVariable(subgraph).replace(/_URL$/, '')) })
}

/** Returns the setting that was parsed, without the defaults of the others. */
function pickSetting(settings: Partial<TransportSettings>, name: string): Partial<TransportSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key === name))
}
