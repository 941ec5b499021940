import jwt from 'jsonwebtoken'

import {
  accessTokenAlgorithm,
  accessTokenClaimsShape,
  accessTokenLifetimeSeconds,
  accessTokenType,
  clockToleranceSeconds,
  readScopeClaim,
  readSuspensionClaim,
} from './accessTokenClaims'
import { hasRole, type SignedInViewer } from './viewer'
import type { RemoteKeySet, TrustedKey } from './remoteKeySet'

/** An access token is not valid. */
export class InvalidTokenError extends Error {}

interface AccessTokenVerifierOptions {
  keys: RemoteKeySet
  issuer: string
  audience: string
}

/** An access token with a valid signature and valid claims. */
export interface VerifiedToken {
  viewer: SignedInViewer
  /** In milliseconds since the epoch. */
  expiresAtMs: number
  /** The claim `ver`: see {@link accessTokenClaimsShape}. */
  version: number
  /** The key that verified it: the token is valid only while the key is trusted. */
  trustedKey: TrustedKey
  /** Whether its role is above MEMBER: such a token is accepted only while revocations are received. */
  isPrivileged: boolean
  scopes: readonly string[]
}

/**
 * Verifies an access token (RFC 9068).
 *
 * @throws InvalidTokenError
 * @throws KeysUnavailableError while an unknown key may be valid
 */
export async function verifyAccessToken(
  token: string,
  { keys, issuer, audience }: AccessTokenVerifierOptions,
): Promise<VerifiedToken> {
  const header = readHeader(token)
  const trustedKey = await keys.findKey(header.kid)
  if (!trustedKey) throw new InvalidTokenError('The key is unknown')
  let payload: unknown
  try {
    payload = jwt.verify(token, trustedKey.key, {
      algorithms: [accessTokenAlgorithm],
      issuer,
      audience,
      clockTolerance: clockToleranceSeconds,
    })
  } catch (error) {
    throw new InvalidTokenError('The signature or a claim is invalid', { cause: error })
  }
  const claims = accessTokenClaimsShape.safeParse(payload)
  if (!claims.success) throw new InvalidTokenError('Claims are missing')
  const { sub, role, sid, ver: version, sus, scope, iat, exp } = claims.data
  if (exp - iat > accessTokenLifetimeSeconds) throw new InvalidTokenError('The lifetime is too long')
  if (iat > Date.now() / 1000 + clockToleranceSeconds)
    throw new InvalidTokenError('The time of issue is in the future')
  const suspension = readSuspensionClaim(sus)
  const viewer = { kind: 'signedIn', id: sub, role, sessionId: sid, ...suspension } as const
  const isPrivileged = hasRole(viewer, 'MODERATOR')
  const scopes = readScopeClaim(scope)
  return { viewer, expiresAtMs: exp * 1000, version, trustedKey, isPrivileged, scopes }
}

/** Reads the header before a key is looked up. The algorithm is never read from it. */
function readHeader(token: string): { kid: string } {
  let header: jwt.JwtHeader | undefined
  try {
    header = jwt.decode(token, { complete: true })?.header
  } catch {
    // Not base64 or not JSON.
  }
  if (!header || typeof header.kid !== 'string') throw new InvalidTokenError('Not a JWT with a key ID')
  // RFC 9068, section 2.1: the prefix is optional, and media types are case-insensitive.
  const type = String(header.typ).toLowerCase()
  if (type !== accessTokenType && type !== `application/${accessTokenType}`)
    throw new InvalidTokenError('Not an access token')
  // RFC 7515, section 4.1.11: extensions that are not understood must not be ignored; none is supported.
  if (header.crit !== undefined) throw new InvalidTokenError('Critical extensions are not supported')
  return { kid: header.kid }
}
