import jwt from 'jsonwebtoken'
import { LRUCache } from 'lru-cache'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

import { clockToleranceSeconds } from './accessTokenClaims'
import type { Log } from '../platform/log'
import type { Viewer } from './viewer'

/** The header in which the router tells a subgraph who is asking, and one subgraph another. */
export const viewerHeader = 'agora-viewer'

/** What a viewer token says. */
export interface ViewerClaims {
  viewer: Viewer
  /** The client's network address as the router saw it. */
  address: string
}

const issuer = 'agora-router'
const lifetimeSeconds = 60
const reuseMilliseconds = 30_000

const claimsShape = z.object({
  sub: z.string().optional(),
  role: z.enum(['MEMBER', 'MODERATOR', 'ADMIN']).optional(),
  sid: z.string().optional(),
  svc: z.string().optional(),
  adr: z.string(),
  iat: z.number(),
  exp: z.number(),
})

/**
 * Signs viewer tokens: HMAC-SHA256 under the secret that the router and the subgraphs share, good for 60 s. Whoever keeps
 * the claims is given the same one again for 30 s.
 *
 * @param secret at least 32 bytes
 */
export function createViewerSigner(secret: string): (claims: ViewerClaims) => string {
  const key = createSecretKey(Buffer.from(secret))
  const made = new WeakMap<ViewerClaims, { token: string; reuseUntil: number }>()
  return (claims) => {
    const known = made.get(claims)
    const now = Date.now()
    if (known && now < known.reuseUntil) return known.token
    const content = { ...contentOf(claims.viewer), adr: claims.address }
    const token = jwt.sign(content, key, { algorithm: 'HS256', issuer, expiresIn: lifetimeSeconds })
    made.set(claims, { token, reuseUntil: now + reuseMilliseconds })
    return token
  }
}

function contentOf(viewer: Viewer): Record<string, string> {
  switch (viewer.kind) {
    case 'signedIn':
      return { sub: viewer.id, role: viewer.role, sid: viewer.sessionId }
    case 'service':
      return { svc: viewer.name }
    case 'anonymous':
      return {}
  }
}

/**
 * Signs what a subgraph asks another for itself.
 *
 * @param name the subgraph's
 * @returns a function that gives a token which is good now
 */
export function createServiceSigner(secret: string, name: string): () => string {
  const sign = createViewerSigner(secret)
  const claims: ViewerClaims = { viewer: { kind: 'service', name }, address: '' }
  return () => sign(claims)
}

export interface ViewerVerifierOptions {
  /** A second secret that tokens may be signed under, while secrets rotate. */
  previousSecret?: string | undefined
  /** For warnings about clocks. */
  log?: Log
}

export type ViewerVerifier = ReturnType<typeof createViewerVerifier>

/**
 * Creates a verifier of viewer tokens. A verified token is remembered until it expires, since the same one comes with
 * every request of 30 s. The clocks of the two machines may differ by 30 s.
 *
 * @returns a function that gives the claims, or undefined for anything that is not such a token
 */
export function createViewerVerifier(secret: string, { previousSecret, log }: ViewerVerifierOptions = {}) {
  const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret]
  const keys = secrets.map((each) => createSecretKey(Buffer.from(each)))
  const good = new LRUCache<string, ViewerClaims>({ max: 10_000 })
  const reportSkew = createSkewReport(log)
  return (token: string | undefined): ViewerClaims | undefined => {
    if (!token) return undefined
    const known = good.get(token)
    if (known) return known
    const read = readToken(token, keys)
    if (!read) return undefined
    const now = Date.now()
    reportSkew(skewOf(read, now))
    const notBefore = (read.iat - clockToleranceSeconds) * 1000
    const notAfter = (read.exp + clockToleranceSeconds) * 1000
    if (now < notBefore || now >= notAfter) return undefined
    good.set(token, read.claims, { ttl: Math.max(1, notAfter - now) })
    return read.claims
  }
}

interface ReadToken {
  claims: ViewerClaims
  iat: number
  exp: number
}

/** Reads a token with a valid signature, expired or not. */
function readToken(token: string, keys: readonly KeyObject[]): ReadToken | undefined {
  for (const key of keys) {
    let decoded: unknown
    try {
      decoded = jwt.verify(token, key, { algorithms: ['HS256'], issuer, ignoreExpiration: true })
    } catch {
      continue
    }
    const parsed = claimsShape.safeParse(decoded)
    const viewer = parsed.success ? toViewer(parsed.data) : undefined
    if (!parsed.success || !viewer) return undefined
    const { adr, iat, exp } = parsed.data
    return { claims: { viewer, address: adr }, iat, exp }
  }
  return undefined
}

/** A token that comes late may have waited for its turn; one from the future has not. */
const minSkewSeconds = 5
const reportIntervalMs = 60_000

/** Returns by how many seconds this clock is ahead of the sender's, as far as a token shows that; negative: behind. */
function skewOf({ iat, exp }: ReadToken, now: number): number {
  const seconds = Math.round(now / 1000)
  if (seconds < iat - minSkewSeconds) return seconds - iat
  return seconds > exp ? seconds - exp : 0
}

/** Logs clocks that differ, at most once a minute. */
function createSkewReport(log: Log | undefined) {
  let reportedAt = -Infinity
  return (aheadSeconds: number): void => {
    if (aheadSeconds === 0 || performance.now() - reportedAt < reportIntervalMs) return
    reportedAt = performance.now()
    log?.warn(
      { aheadSeconds, toleranceSeconds: clockToleranceSeconds },
      "This machine's clock and that of the router differ: synchronise both, for example with NTP. Requests are refused beyond the tolerance.",
    )
  }
}

function toViewer({ sub, role, sid, svc }: z.output<typeof claimsShape>): Viewer | undefined {
  if (svc !== undefined) return { kind: 'service', name: svc }
  if (sub === undefined) return { kind: 'anonymous' }
  if (role === undefined || sid === undefined) return undefined
  return { kind: 'signedIn', id: sub, role, sessionId: sid }
}
