import jwt from 'jsonwebtoken'

import { accessTokenAlgorithm, accessTokenClaims, accessTokenType } from '../../subgraphs/shared/accessToken'
import type { SignedIn } from '../../subgraphs/shared/viewer'
import type { KeySet } from './keySet'

/** A token is not one of ours, or not any more. */
export class BadToken extends Error {}

export interface AccessTokenOptions {
  keys: KeySet
  issuer: string
  audience: string
}

/** Whom a token speaks for, and until when: in milliseconds since the epoch. */
export interface VerifiedToken {
  viewer: SignedIn
  expiresAt: number
}

/** Two machines' clocks may differ by this much. */
const clockToleranceSeconds = 5

/**
 * Verifies an access token (RFC 9068).
 *
 * @throws BadToken, KeysUnavailable
 */
export async function verifyAccessToken(
  token: string,
  { keys, issuer, audience }: AccessTokenOptions,
): Promise<VerifiedToken> {
  const header = readHeader(token)
  const key = await keys.find(header.kid)
  if (!key) throw new BadToken('Signed with an unknown key')
  let payload: unknown
  try {
    payload = jwt.verify(token, key, {
      algorithms: [accessTokenAlgorithm],
      issuer,
      audience,
      clockTolerance: clockToleranceSeconds,
    })
  } catch (error) {
    throw new BadToken('Not verified', { cause: error })
  }
  const claims = accessTokenClaims.safeParse(payload)
  if (!claims.success) throw new BadToken('Without the claims of an access token')
  const { sub, role, sid, exp } = claims.data
  return { viewer: { kind: 'signedIn', id: sub, role, sessionId: sid }, expiresAt: exp * 1000 }
}

/** What must hold before a key is looked for. The algorithm's name is never taken from here. */
function readHeader(token: string): { kid: string } {
  let header: jwt.JwtHeader | undefined
  try {
    header = jwt.decode(token, { complete: true })?.header
  } catch {
    // Not even base64 and JSON.
  }
  if (!header || typeof header.kid !== 'string') throw new BadToken('Not a JWT with a key id')
  // RFC 9068, section 2.1: the prefix may be left out, and media types are compared without case.
  const type = String(header.typ).toLowerCase()
  if (type !== accessTokenType && type !== `application/${accessTokenType}`)
    throw new BadToken('Not an access token')
  return { kid: header.kid }
}
