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

/** The claims of an access token, besides its issuer and audience. Times are in whole seconds since the epoch. */
export const accessTokenClaimsShape = z.object({
  /** The viewer's ID. */
  sub: z.string(),
  role: z.enum(['MEMBER', 'MODERATOR', 'ADMIN']),
  /** The session's ID. */
  sid: z.string(),
  /** The version: how often tokens of this viewer had been revoked when it was signed. */
  ver: z.number().default(0),
  iat: z.number(),
  exp: z.number(),
})
export type AccessTokenClaims = z.output<typeof accessTokenClaimsShape>
