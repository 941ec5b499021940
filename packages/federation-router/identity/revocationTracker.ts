import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'

import type { Log } from '../../platform/log'
import { revocationShape, revocationsPathSegment, revocationWindowMs } from '../../auth/revocation'
import { createEventStreamParser, type ServerSentEvent } from '../../sse/parser'
import type { VerifiedToken } from '../../auth/accessTokenVerifier'
import { issuerStartupGraceMs } from '../../auth/issuerStartup'

/** The parts of a token that a revocation may name. */
type RevocableToken = Pick<VerifiedToken, 'viewer' | 'version'>

/** The access tokens that were revoked before they expire. */
export interface RevocationTracker {
  isRevoked(token: RevocableToken): boolean
  /** Whether no revocation older than 2 s can be missing. */
  isCurrent(): boolean
  /**
   * Resolves to whether revocations are current. Waits for them up to 1 s after they have become stale, so that a short
   * interruption refuses no request, and a long one delays none.
   */
  waitUntilCurrent(): Promise<boolean>
  close(): Promise<void>
}

export interface RevocationTrackerOptions {
  /** Of the JWK Set; the stream is beside it. */
  jwksUrl: string
  log: Log
  /** Called after tokens have been revoked, and when revocations are not current any more. */
  onChange(): void
}

/** The publisher says every 500 ms that its stream is current. */
const staleMs = 2_000
const patienceMs = 1_000
const minDelayMs = 100
const maxDelayMs = 1_000
const connectTimeoutMs = 2_000
const maxEventLength = 10_000

/** The publisher has responded, but not with a stream. */
class NoStream extends Error {}

/**
 * Follows the revocations of users, for as long as the router runs. A connection that breaks is made again, and begins
 * with all revocations that still matter.
 */
export function createRevocationTracker({
  jwksUrl,
  log,
  onChange,
}: RevocationTrackerOptions): RevocationTracker {
  const url = new URL(revocationsPathSegment, jwksUrl)
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: connectTimeoutMs,
    bodyTimeout: 2 * staleMs,
  })
  const closing = new AbortController()
  const known = createRevokedTokens()
  const startedAt = performance.now()
  let currentAt = -Infinity
  let phase: 'starting' | 'following' | 'broken' = 'starting'
  let waiting: ((isCurrent: boolean) => void)[] = []

  const isCurrent = () => performance.now() - currentAt < staleMs

  // Data that has arrived while this process was busy is read before the stream counts as stale.
  const staleTimer = setTimeout(() => setImmediate(() => !isCurrent() && onChange()), staleMs)
  staleTimer.unref()

  function take({ type, data }: ServerSentEvent): 'revoked' | 'current' | 'other' {
    if (type === 'revoked') return known.add(revocationShape.parse(JSON.parse(data))) ? 'revoked' : 'other'
    return type === 'current' ? 'current' : 'other'
  }

  function becomeCurrent(): void {
    currentAt = performance.now()
    staleTimer.refresh()
    known.forgetOld()
    for (const resolve of waiting) resolve(true)
    waiting = []
    if (phase === 'following') return
    phase = 'following'
    log.info('Revocations of access tokens are received')
  }

  /** Reads one connection until it ends. @throws for one that cannot be made or breaks */
  async function followOnce(onEvent: () => void): Promise<never> {
    const response = await request(url, {
      headers: { accept: 'text/event-stream' },
      dispatcher,
      signal: closing.signal,
    })
    if (response.statusCode !== 200) {
      response.body.on('error', () => undefined).destroy()
      throw new NoStream(`Responded with status ${response.statusCode}`)
    }
    const read = createEventStreamParser(maxEventLength)
    for await (const bytes of response.body) {
      if (!(bytes instanceof Uint8Array)) throw new Error('Not a stream of bytes')
      const taken = read(bytes).map(take)
      if (taken.includes('revoked')) onChange()
      if (!taken.includes('current')) continue
      becomeCurrent()
      onEvent()
    }
    throw new Error('The stream has ended')
  }

  function reportFailure(error: unknown): void {
    const isStarting = phase === 'starting' && performance.now() - startedAt < issuerStartupGraceMs
    if (phase === 'broken' || (isStarting && !(error instanceof NoStream))) return
    phase = 'broken'
    log.warn(
      { err: error, url: url.href },
      'Revocations of access tokens cannot be received: viewers with a role above MEMBER are refused meanwhile',
    )
  }

  async function follow(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      try {
        await followOnce(() => (failures = 0))
      } catch (error) {
        if (closing.signal.aborted) return
        reportFailure(error)
      }
      const delay = Math.min(maxDelayMs, minDelayMs * 2 ** failures) * (0.5 + Math.random() / 2)
      await wait(delay, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  void follow()

  return {
    isRevoked: known.has,
    isCurrent,
    waitUntilCurrent() {
      if (isCurrent()) return Promise.resolve(true)
      const leftMs = Math.max(startedAt, currentAt + staleMs) + patienceMs - performance.now()
      if (leftMs <= 0) return Promise.resolve(false)
      return new Promise((resolve) => {
        waiting.push(resolve)
        setTimeout(() => {
          waiting = waiting.filter((each) => each !== resolve)
          resolve(false)
        }, leftMs).unref()
      })
    },
    async close() {
      closing.abort()
      clearTimeout(staleTimer)
      for (const resolve of waiting) resolve(false)
      await dispatcher.destroy()
    },
  }
}

/** Creates the set of revocations that still matter, in the order in which they came. */
function createRevokedTokens() {
  const untilBySession = new Map<string, number>()
  const byUser = new Map<string, { version: number; until: number }>()

  return {
    /** @returns false for one that was known */
    add(revocation: ReturnType<typeof revocationShape.parse>): boolean {
      const until = performance.now() + revocationWindowMs
      if ('sid' in revocation) {
        const isNew = !untilBySession.delete(revocation.sid)
        untilBySession.set(revocation.sid, until)
        return isNew
      }
      const { sub, ver } = revocation
      const version = byUser.get(sub)?.version ?? -Infinity
      byUser.delete(sub)
      byUser.set(sub, { version: Math.max(version, ver), until })
      return ver > version
    },
    has({ viewer, version }: RevocableToken): boolean {
      if (untilBySession.has(viewer.sessionId)) return true
      const revoked = byUser.get(viewer.id)
      return revoked !== undefined && version < revoked.version
    },
    forgetOld(): void {
      const now = performance.now()
      for (const [sessionId, until] of untilBySession) {
        if (until > now) break
        untilBySession.delete(sessionId)
      }
      for (const [userId, { until }] of byUser) {
        if (until > now) break
        byUser.delete(userId)
      }
    },
  }
}
