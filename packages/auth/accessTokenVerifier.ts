import jwt from 'jsonwebtoken'

import {
  accessTokenAlgorithm,
  accessTokenClaimsShape,
  accessTokenLifetimeSeconds,
  accessTokenType,
  clockToleranceSeconds,
} from './accessTokenClaims'
import { hasRole, type SignedInViewer } from './viewer'
import type { RemoteKeySet, TrustedKey } from './remoteKeySet'

/** A token is not one of ours, or not any more. */
export class InvalidTokenError extends Error {}

export interface AccessTokenVerifierOptions {
  keys: RemoteKeySet
  issuer: string
  audience: string
}

/** Whom a token speaks for, and until when: in milliseconds since the epoch. */
export interface VerifiedToken {
  viewer: SignedInViewer
  expiresAtMs: number
  /** See {@link accessTokenClaimsShape}. */
  version: number
  /** The key that verified it: the token ends with its key. */
  trustedKey: TrustedKey
  /** With a role above MEMBER: accepted only while its revocation would be known. */
  isPrivileged: boolean
}

/**
 * Verifies an access token (RFC 9068).
 *
 * @throws BadToken, KeysUnavailable
 */
export async function verifyAccessToken(
  token: string,
  { keys, issuer, audience }: AccessTokenVerifierOptions,
): Promise<VerifiedToken> {
  const header = readHeader(token)
  const trustedKey = await keys.findKey(header.kid)
  if (!trustedKey) throw new InvalidTokenError('Signed with an unknown key')
  let payload: unknown
  try {
    payload = jwt.verify(token, trustedKey.key, {
      algorithms: [accessTokenAlgorithm],
      issuer,
      audience,
      clockTolerance: clockToleranceSeconds,
    })
  } catch (error) {
    throw new InvalidTokenError('Not verified', { cause: error })
  }
  const claims = accessTokenClaimsShape.safeParse(payload)
  if (!claims.success) throw new InvalidTokenError('Without the claims of an access token')
  const { sub, role, sid, ver: version, iat, exp } = claims.data
  if (exp - iat > accessTokenLifetimeSeconds) throw new InvalidTokenError('Valid for too long')
  if (iat > Date.now() / 1000 + clockToleranceSeconds) throw new InvalidTokenError('Issued in the future')
  const viewer = { kind: 'signedIn', id: sub, role, sessionId: sid } as const
  const isPrivileged = hasRole(viewer, 'MODERATOR')
  return { viewer, expiresAtMs: exp * 1000, version, trustedKey, isPrivileged }
}

/** What must hold before a key is looked for. The algorithm's name is never taken from here. */
function readHeader(token: string): { kid: string } {
  let header: jwt.JwtHeader | undefined
  try {
    header = jwt.decode(token, { complete: true })?.header
  } catch {
    // Not even base64 and JSON.
  }
  if (!header || typeof header.kid !== 'string') throw new InvalidTokenError('Not a JWT with a key id')
  // RFC 9068, section 2.1: the prefix may be left out, and media types are compared without case.
  const type = String(header.typ).toLowerCase()
  if (type !== accessTokenType && type !== `application/${accessTokenType}`)
    throw new InvalidTokenError('Not an access token')
  // RFC 7515, section 4.1.11: extensions that are not understood must not be ignored, and none is understood here.
  if (header.crit !== undefined) throw new InvalidTokenError('With critical extensions')
  return { kid: header.kid }
}
