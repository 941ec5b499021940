import jwt from 'jsonwebtoken'
import { LRUCache } from 'lru-cache'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

import {
  clockToleranceSeconds,
  readSuspensionClaim,
  suspensionClaim,
  toSuspensionClaim,
} from './accessTokenClaims'
import type { Log } from '../platform/log'
import type { Viewer } from './viewer'

/** The header with which the router and subgraphs pass the viewer to a subgraph. */
export const viewerHeader = 'agora-viewer'

/** The claims of a viewer token. */
export interface ViewerClaims {
  viewer: Viewer
  /** The network address of the client, as the router sees it. */
  address: string
}

const issuer = 'agora-router'
const lifetimeSeconds = 60
const reuseMs = 30_000

const claimsShape = z.object({
  sub: z.string().optional(),
  role: z.enum(['MEMBER', 'MODERATOR', 'ADMIN']).optional(),
  sid: z.string().optional(),
  sus: suspensionClaim,
  svc: z.string().optional(),
  adr: z.string(),
  iat: z.number(),
  exp: z.number(),
})

/**
 * Creates a signer of viewer tokens: HMAC-SHA256 with the secret that the router and the subgraphs share, valid for 60 s.
 * The token of one claims object is reused for 30 s.
 *
 * @param secret at least 32 bytes
 */
export function createViewerSigner(secret: string): (claims: ViewerClaims) => string {
  const key = createSecretKey(Buffer.from(secret))
  const signed = new WeakMap<ViewerClaims, { token: string; reuseUntil: number }>()
  return (claims) => {
    const cached = signed.get(claims)
    const now = Date.now()
    if (cached && now < cached.reuseUntil) return cached.token
    const payload = { ...createPayload(claims.viewer), adr: claims.address }
    const token = jwt.sign(payload, key, { algorithm: 'HS256', issuer, expiresIn: lifetimeSeconds })
    signed.set(claims, { token, reuseUntil: now + reuseMs })
    return token
  }
}

function createPayload(viewer: Viewer): Record<string, string | number | null> {
  switch (viewer.kind) {
    case 'signedIn':
      return {
        ...{ sub: viewer.id, role: viewer.role, sid: viewer.sessionId },
        ...toSuspensionClaim(viewer.suspendedUntilMs),
      }
    case 'service':
      return { svc: viewer.name }
    case 'anonymous':
      return {}
  }
}

/**
 * Creates a signer for the requests of a subgraph to others.
 *
 * @param name of the subgraph
 * @returns a function that returns a valid token
 */
export function createServiceSigner(secret: string, name: string): () => string {
  const sign = createViewerSigner(secret)
  const claims: ViewerClaims = { viewer: { kind: 'service', name }, address: '' }
  return () => sign(claims)
}

interface ViewerVerifierOptions {
  /** A second accepted secret, while secrets rotate. */
  previousSecret?: string | undefined
  /** Receives warnings about clocks. */
  log?: Log
}

export type ViewerVerifier = ReturnType<typeof createViewerVerifier>

/**
 * Creates a verifier of viewer tokens. Verified tokens are cached until they expire, since the router reuses each for 30 s.
 * The clocks of the two machines may differ by 30 s.
 *
 * @returns a function that returns the claims of a valid token, otherwise undefined
 */
export function createViewerVerifier(secret: string, { previousSecret, log }: ViewerVerifierOptions = {}) {
  const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret]
  const keys = secrets.map((each) => createSecretKey(Buffer.from(each)))
  const verified = new LRUCache<string, ViewerClaims>({ max: 10_000 })
  const reportSkew = createSkewReport(log)
  return (token: string | undefined): ViewerClaims | undefined => {
    if (!token) return undefined
    const cached = verified.get(token)
    if (cached) return cached
    const read = readToken(token, keys)
    if (!read) return undefined
    const now = Date.now()
    reportSkew(computeClockSkew(read, now))
    const notBefore = (read.iat - clockToleranceSeconds) * 1000
    const notAfter = (read.exp + clockToleranceSeconds) * 1000
    if (now < notBefore || now >= notAfter) return undefined
    verified.set(token, read.claims, { ttl: Math.max(1, notAfter - now) })
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

/** A late token may have waited in a queue; only a token from the future proves a difference. */
const minSkewSeconds = 5
const reportIntervalMs = 60_000

/** Returns the seconds that this clock is ahead of the sender's, as far as a token proves; negative when it is behind. */
function computeClockSkew({ iat, exp }: ReadToken, now: number): number {
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

function toViewer({ sub, role, sid, sus, svc }: z.output<typeof claimsShape>): Viewer | undefined {
  if (svc !== undefined) return { kind: 'service', name: svc }
  if (sub === undefined) return { kind: 'anonymous' }
  if (role === undefined || sid === undefined) return undefined
  return { kind: 'signedIn', id: sub, role, sessionId: sid, ...readSuspensionClaim(sus) }
}
