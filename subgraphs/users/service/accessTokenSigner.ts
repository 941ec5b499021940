import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'

import {
  accessTokenAlgorithm,
  accessTokenLifetimeSeconds,
  accessTokenType,
  toSuspensionClaim,
  type AccessTokenClaims,
} from '../../../packages/auth'
import { findSuspensionEnd } from '../domain/moderation/suspension'
import type { Account } from '../domain/user'

interface AccessToken {
  text: string
  expiresAt: Date
}

/** A public key of the JWK Set (RFC 7517, RFC 7518). */
interface PublicJwk {
  kty: string
  crv: string
  x: string
  y: string
  kid: string
  alg: string
  use: 'sig'
}

export interface AccessTokenSignerOptions {
  /** The signing key, on the curve P-256. */
  privateKey: KeyObject
  /** The previous signing key, published while its tokens can still be valid. */
  previousPublicKey?: KeyObject
  /** The next signing key, published early so that every router knows it before its first token. */
  nextPublicKey?: KeyObject
  issuer: string
  audience: string
}

export type AccessTokenSigner = ReturnType<typeof createAccessTokenSigner>

/** Creates the signer of access tokens, with the JWK Set that verifies them. */
export function createAccessTokenSigner(options: AccessTokenSignerOptions) {
  const { privateKey, previousPublicKey, nextPublicKey, issuer, audience } = options
  const current = toJwk(createPublicKey(privateKey))
  const otherKeys = [previousPublicKey, nextPublicKey].flatMap((key) => (key ? [toJwk(key)] : []))
  const keys = [...new Map([current, ...otherKeys].map((key) => [key.kid, key])).values()]

  return {
    /** The signing key, and during a rotation the previous and the next one. */
    jwks: { keys },

    sign({ user, tokenVersion: ver }: Account, sessionId: string, now: Date): AccessToken {
      const iat = Math.floor(now.getTime() / 1000)
      const exp = iat + accessTokenLifetimeSeconds
      const claims: AccessTokenClaims = {
        ...{ sub: user.id, role: user.role, sid: sessionId, ver, iat, exp },
        ...toSuspensionClaim(findSuspensionEnd(user, now)),
      }
      const header = { alg: accessTokenAlgorithm, typ: accessTokenType, kid: current.kid }
      const text = jwt.sign(claims, privateKey, { algorithm: accessTokenAlgorithm, header, issuer, audience })
      return { text, expiresAt: new Date(exp * 1000) }
    },
  }
}

function toJwk(key: KeyObject): PublicJwk {
  const { kty = '', crv = '', x = '', y = '' } = key.export({ format: 'jwk' })
  // The thumbprint of RFC 7638 requires exactly these members in this order.
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  return { kty, crv, x, y, kid, alg: accessTokenAlgorithm, use: 'sig' }
}
