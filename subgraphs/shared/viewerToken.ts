import jwt from 'jsonwebtoken'
import { LRUCache } from 'lru-cache'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

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

/**
 * Checks viewer tokens. A token that was found good is remembered until it expires, since the same one comes with
 * every request of 30 s.
 *
 * @returns a function that gives the claims, or undefined for anything that is not such a token
 */
export function createViewerVerifier(
  secret: string,
): (token: string | undefined) => ViewerClaims | undefined {
  const key = createSecretKey(Buffer.from(secret))
  const good = new LRUCache<string, ViewerClaims>({ max: 10_000 })
  return (token) => {
    if (!token) return undefined
    const known = good.get(token)
    if (known) return known
    const read = readToken(token, key)
    if (!read) return undefined
    good.set(token, read.claims, { ttl: Math.max(1, read.expiresAt - Date.now()) })
    return read.claims
  }
}

function readToken(token: string, key: KeyObject): { claims: ViewerClaims; expiresAt: number } | undefined {
  let decoded: unknown
  try {
    decoded = jwt.verify(token, key, { algorithms: ['HS256'], issuer })
  } catch {
    return undefined
  }
  const parsed = claimsShape.safeParse(decoded)
  if (!parsed.success) return undefined
  const { adr, exp } = parsed.data
  const viewer = toViewer(parsed.data)
  return viewer && { claims: { viewer, address: adr }, expiresAt: exp * 1000 }
}

function toViewer({ sub, role, sid, svc }: z.output<typeof claimsShape>): Viewer | undefined {
  if (svc !== undefined) return { kind: 'service', name: svc }
  if (sub === undefined) return { kind: 'anonymous' }
  if (role === undefined || sid === undefined) return undefined
  return { kind: 'signedIn', id: sub, role, sessionId: sid }
}
