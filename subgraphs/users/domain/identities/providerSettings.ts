import { z } from 'zod'

import { ConfigError, variable } from '../../../../packages/platform'
import { isLoopbackHost } from './redirectUri'

/** The settings of each identity provider, prefixed with `OIDC_<NAME>_`. */
export const providerSettingsShape = z.object({
  ISSUER: variable
    .url()
    .refine(isSecureIssuer, 'must be an https address, or an http address of this machine, without a query')
    .describe(
      'Issuer of the provider, such as `https://accounts.google.com`: exactly as in its discovery document at ' +
        '`/.well-known/openid-configuration`.',
    ),
  CLIENT_ID: z.string().max(500).describe('ID under which Agora is registered at the provider.'),
  CLIENT_SECRET: z.string().max(2_000).describe('Secret of that registration.'),
})

/** A provider to which users can be sent. */
export interface ProviderSettings {
  /** In lower case, as in the API. */
  name: string
  issuer: string
  clientId: string
  clientSecret: string
}

const suffixes = Object.keys(providerSettingsShape.shape)
const variablePattern = new RegExp(`^OIDC_([A-Z0-9_]+)_(${suffixes.join('|')})$`)
const maxNameLength = 40

/** The ends of the names of these settings. */
export const providerSettingSuffixes: readonly string[] = suffixes.map((suffix) => `_${suffix}`)

/** The prefix in the names of these settings. */
export const providerSettingPrefix = 'OIDC_<NAME>_'

/**
 * Reads the settings of all identity providers, in the order of their names.
 *
 * @param variables such as `OIDC_GOOGLE_ISSUER`, with their values; others are ignored
 * @throws ConfigError that names every variable that is missing or invalid
 */
export function readProviderSettings(variables: ReadonlyMap<string, string>): ProviderSettings[] {
  const groups = new Map<string, Record<string, string>>()
  for (const [variableName, value] of variables) {
    const [, name = '', suffix = ''] = variablePattern.exec(variableName) ?? []
    if (suffix !== '') groups.set(name, { ...groups.get(name), [suffix]: value })
  }
  const problems: string[] = []
  const providers = [...groups].sort().flatMap(([name, values]) => {
    if (name.length > maxNameLength)
      problems.push(`OIDC_${name}_ISSUER: its name has more than ${maxNameLength} characters`)
    const result = providerSettingsShape.safeParse(values)
    if (!result.success) {
      problems.push(...result.error.issues.map((issue) => describeProblem(name, values, issue)))
      return []
    }
    const { ISSUER, CLIENT_ID, CLIENT_SECRET } = result.data
    return [{ name: name.toLowerCase(), issuer: ISSUER, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }]
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return providers
}

function describeProblem(
  name: string,
  values: Record<string, string>,
  { path, message }: z.core.$ZodIssue,
): string {
  const suffix = String(path[0])
  return `OIDC_${name}_${suffix}: ${values[suffix] === undefined ? 'is not set' : message}`
}

function isSecureIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, search, hash, username } = new URL(text)
  if (search !== '' || hash !== '' || username !== '') return false
  return protocol === 'https:' || isLoopbackHost(hostname)
}

/** Returns the name of a provider for people: `Google` for `google`, `My Company` for `my_company`. */
export function toProviderDisplayName(name: string): string {
  return name
    .split('_')
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}
