import { z } from 'zod'

/**
 * The profile of access tokens: JWTs as in RFC 9068, signed with ES256, whose keys are published as a JWK Set (RFC 7517)
 * at {@link jwksPath}.
 */
export const accessTokenAlgorithm = 'ES256'
export const accessTokenType = 'at+jwt'
export const accessTokenLifetimeSeconds = 15 * 60
export const jwksPath = '/.well-known/jwks.json'

/** The accepted difference between the clocks of two machines. */
export const clockToleranceSeconds = 30

/** JWT_ISSUER and JWT_AUDIENCE: the claims `iss` and `aud`, the same for the signer and the router. */
export const issuerSetting = () => z.string().default('agora').describe('Issuer of access tokens.')
export const audienceSetting = () => z.string().default('agora').describe('Audience of access tokens.')

/** When the suspension of the account ends: null without an end, absent without a suspension. */
export const suspensionClaim = z.number().nullable().optional()

/** Converts the end of a suspension, in milliseconds, into the claims that carry it. */
export function toSuspensionClaim(untilMs: number | undefined): { sus?: number | null } {
  if (untilMs === undefined) return {}
  return { sus: Number.isFinite(untilMs) ? untilMs / 1000 : null }
}

/** Converts the claim into the field of a viewer. */
export function readSuspensionClaim(sus: number | null | undefined): { suspendedUntilMs?: number } {
  if (sus === undefined) return {}
  return { suspendedUntilMs: sus === null ? Infinity : Math.round(sus * 1000) }
}

/** Converts the claim `scope` into a list. */
export function readScopeClaim(scope: string | readonly string[] = []): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : scope
}

/** The claims of an access token, besides its issuer and audience. Times are in whole seconds since the epoch. */
export const accessTokenClaimsShape = z.object({
  /** The viewer's ID. */
  sub: z.string(),
  role: z.enum(['MEMBER', 'MODERATOR', 'ADMIN']),
  /** The session's ID. */
  sid: z.string(),
  /** The version: how often tokens of this viewer had been revoked when it was signed. */
  ver: z.number().default(0),
  sus: suspensionClaim,
  /** The scopes that were granted, separated by spaces (RFC 8693, section 4.2), or as a list. */
  scope: z.union([z.string(), z.array(z.string())]).optional(),
  iat: z.number(),
  exp: z.number(),
})
export type AccessTokenClaims = z.output<typeof accessTokenClaimsShape>
