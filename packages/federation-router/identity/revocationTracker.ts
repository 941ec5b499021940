import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'

import { connectTimeoutMs } from '../../platform/http/httpClient'
import type { Log } from '../../platform/log'
import { issuerStartupGraceMs, revocationShape, revocationsPathSegment, revocationWindowMs } from '../../auth'
import { createEventStreamParser, type ServerSentEvent } from '../../sse'
import type { VerifiedToken } from '../../auth/tokens'

/** The parts of a token that a revocation may refer to. */
type RevocableToken = Pick<VerifiedToken, 'viewer' | 'version'>

/** Tracks access tokens that were revoked before they expire. */
interface RevocationTracker {
  isRevoked(token: RevocableToken): boolean
  /** Returns whether all revocations older than 2 s are revokedTokens. */
  isCurrent(): boolean
  /**
   * Resolves to whether revocations are current. Waits until 1 s after they have become stale: a short interruption fails no
   * request, and a long one delays none.
   */
  waitUntilCurrent(): Promise<boolean>
  close(): Promise<void>
}

interface RevocationTrackerOptions {
  /** The URL of the JWK Set; that of the stream is relative to it. */
  jwksUrl: string
  log: Log
  /** Called after tokens have been revoked, and when revocations are no longer current. */
  onChange(): void
}

/** The publisher sends `current` every 500 ms. */
const staleMs = 2_000
const staleGraceMs = 1_000
const minDelayMs = 100
const maxDelayMs = 1_000
const maxEventLength = 10_000

/** The publisher has responded without a stream. */
class InvalidStreamError extends Error {}

/**
 * Receives the revocations of the issuer until it is closed. Reconnects after failures; each connection begins with all
 * revocations of unexpired tokens.
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
  const revokedTokens = createRevokedTokens()
  const startedAt = performance.now()
  let currentAt = -Infinity
  let phase: 'starting' | 'connected' | 'broken' = 'starting'
  let waiters: ((isCurrent: boolean) => void)[] = []

  const isCurrent = () => performance.now() - currentAt < staleMs

  let staleTimer: NodeJS.Timeout
  function watchStaleness(remainingMs: number): void {
    clearTimeout(staleTimer)
    // Data that arrived while this process was busy is read before the stream counts as stale.
    staleTimer = setTimeout(() => setImmediate(reportStaleness), Math.ceil(remainingMs))
    staleTimer.unref()
  }
  /** Reports that the stream has become stale. A timer that has fired slightly early is started again. */
  function reportStaleness(): void {
    if (closing.signal.aborted) return
    const remainingMs = currentAt + staleMs - performance.now()
    if (remainingMs > 0) watchStaleness(remainingMs)
    else onChange()
  }
  watchStaleness(staleMs)

  function applyEvent({ type, data }: ServerSentEvent): 'revoked' | 'current' | 'other' {
    if (type === 'revoked')
      return revokedTokens.add(revocationShape.parse(JSON.parse(data))) ? 'revoked' : 'other'
    return type === 'current' ? 'current' : 'other'
  }

  function markCurrent(): void {
    currentAt = performance.now()
    watchStaleness(staleMs)
    revokedTokens.removeExpired()
    for (const resolve of waiters) resolve(true)
    waiters = []
    if (phase === 'connected') return
    phase = 'connected'
    log.info('Revocations of access tokens are being received')
  }

  /** Reads one connection until it ends. Always throws. */
  async function readStream(onEvent: () => void): Promise<never> {
    const response = await request(url, {
      headers: { accept: 'text/event-stream' },
      dispatcher,
      signal: closing.signal,
    })
    if (response.statusCode !== 200) {
      response.body.on('error', () => undefined).destroy()
      throw new InvalidStreamError(`Responded with status ${response.statusCode}`)
    }
    const read = createEventStreamParser(maxEventLength)
    for await (const bytes of response.body) {
      if (!(bytes instanceof Uint8Array)) throw new Error('Not a stream of bytes')
      const applied = read(bytes).map(applyEvent)
      if (applied.includes('revoked')) onChange()
      if (!applied.includes('current')) continue
      markCurrent()
      onEvent()
    }
    throw new Error('The stream has ended')
  }

  function reportFailure(error: unknown): void {
    const isStarting = phase === 'starting' && performance.now() - startedAt < issuerStartupGraceMs
    if (phase === 'broken' || (isStarting && !(error instanceof InvalidStreamError))) return
    phase = 'broken'
    log.warn(
      { err: error, url: url.href },
      'Revocations of access tokens cannot be received: viewers with a role above MEMBER are refused until they can',
    )
  }

  async function readContinuously(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      try {
        await readStream(() => (failures = 0))
      } catch (error) {
        if (closing.signal.aborted) return
        reportFailure(error)
      }
      const delay = Math.min(maxDelayMs, minDelayMs * 2 ** failures) * (0.5 + Math.random() / 2)
      await wait(delay, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  void readContinuously()

  return {
    isRevoked: revokedTokens.has,
    isCurrent,
    waitUntilCurrent() {
      if (isCurrent()) return Promise.resolve(true)
      const remainingMs = Math.max(startedAt, currentAt + staleMs) + staleGraceMs - performance.now()
      if (remainingMs <= 0) return Promise.resolve(false)
      return new Promise((resolve) => {
        waiters.push(resolve)
        setTimeout(() => {
          waiters = waiters.filter((each) => each !== resolve)
          resolve(false)
        }, remainingMs).unref()
      })
    },
    async close() {
      closing.abort()
      clearTimeout(staleTimer)
      for (const resolve of waiters) resolve(false)
      await dispatcher.destroy()
    },
  }
}

/** Creates the set of revocations of unexpired tokens, in the order of their arrival. */
function createRevokedTokens() {
  const expiryBySession = new Map<string, number>()
  const byUser = new Map<string, { version: number; until: number }>()

  return {
    /** Adds a revocation. Returns false for a known one. */
    add(revocation: ReturnType<typeof revocationShape.parse>): boolean {
      const until = performance.now() + revocationWindowMs
      if ('sid' in revocation) {
        const isNew = !expiryBySession.delete(revocation.sid)
        expiryBySession.set(revocation.sid, until)
        return isNew
      }
      const { sub, ver } = revocation
      const version = byUser.get(sub)?.version ?? -Infinity
      byUser.delete(sub)
      byUser.set(sub, { version: Math.max(version, ver), until })
      return ver > version
    },
    has({ viewer, version }: RevocableToken): boolean {
      if (expiryBySession.has(viewer.sessionId)) return true
      const revoked = byUser.get(viewer.id)
      return revoked !== undefined && version < revoked.version
    },
    removeExpired(): void {
      const now = performance.now()
      for (const [sessionId, until] of expiryBySession) {
        if (until > now) break
        expiryBySession.delete(sessionId)
      }
      for (const [userId, { until }] of byUser) {
        if (until > now) break
        byUser.delete(userId)
      }
    },
  }
}
