import { createPublicKey, type KeyObject } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Agent, fetch } from 'undici'
import { z } from 'zod'

import type { DependencyState } from '../platform/http'
import type { Log } from '../platform/log'
import { issuerStartupGraceMs } from './revocation'

/** The keys cannot be fetched: an unknown key may be valid. */
export class KeysUnavailableError extends Error {}

/** A public key; `isTrusted` becomes false when its publisher withdraws it. */
export interface TrustedKey {
  readonly key: KeyObject
  isTrusted: boolean
}

/** The public keys of access tokens. */
export interface RemoteKeySet {
  /**
   * Returns the key with a `kid`; undefined when the publisher has no such key.
   *
   * @throws KeysUnavailableError
   */
  findKey(kid: string): Promise<TrustedKey | undefined>
  /** `degraded`: the last fetch has failed, and known keys stay valid; `down`: there are no keys. */
  readState(): DependencyState
  close(): Promise<void>
}

export interface RemoteKeySetOptions {
  url: string
  log: Log
  /** Called after keys have been withdrawn. */
  onWithdrawn(): void
  /** For tests. */
  refreshIntervalMs?: number
  /** For tests. */
  minRefetchGapMs?: number
}

const timeoutMs = 3_000
/** How long after a fetch the next one begins while there are no keys: no access token can be verified. */
const retryWithoutKeysMs = 250
/** How many consecutive refreshes must lack a key before it is withdrawn: each may reach another process. */
const missesToWithdraw = 8

const jwksShape = z.object({ keys: z.array(z.unknown()) })
const keyShape = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  kid: z.string(),
  x: z.string(),
  y: z.string(),
  use: z.literal('sig').optional(),
})
type Jwk = z.output<typeof keyShape>

interface Entry extends TrustedKey {
  jwk: Jwk
  /** The number of consecutive refreshes without it. */
  misses: number
}

/**
 * Creates a copy of a JWK Set (RFC 7517) that is fetched every 15 s, every 250 ms until there are keys, and at once for
 * an unknown key: one fetch at a time, and at most one a second, for any number of invented key IDs. Requests with an
 * unknown key wait for that fetch.
 *
 * The processes of a publisher may publish different sets while keys rotate. Their sets are merged: a key is trusted from
 * the first response that contains it until 8 consecutive refreshes lack it, which takes 2 minutes. While the publisher is
 * unreachable all keys stay.
 */
export function createRemoteKeySet(options: RemoteKeySetOptions): RemoteKeySet {
  const { url, log, onWithdrawn, refreshIntervalMs = 15_000, minRefetchGapMs = 1_000 } = options
  // Each fetch has its own connection, so that a load balancer can select another process.
  const dispatcher = new Agent({ pipelining: 0, connect: { timeout: timeoutMs } })
  const entries = new Map<string, Entry>()
  const closing = new AbortController()
  const createdAt = performance.now()
  let fetchedAt = -Infinity
  let hasFetchFailed = false
  /** The level at which the present failures are logged; undefined without any. */
  let loggedLevel: 'info' | 'warn' | undefined
  let pendingFetch: Promise<boolean> | undefined
  let scheduledFetch: Promise<boolean> | undefined

  /** Returns whether the keys were fetched. */
  async function fetchOnce(isRefresh: boolean): Promise<boolean> {
    fetchedAt = performance.now()
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)])
      const response = await fetch(url, { dispatcher, signal })
      if (!response.ok) throw new Error(`Responded with status ${response.status}`)
      merge(readKeys(await response.json()), isRefresh)
      hasFetchFailed = false
      if (loggedLevel !== undefined) log.info('The keys of access tokens have been fetched from JWKS_URL')
      loggedLevel = undefined
      return true
    } catch (error) {
      if (closing.signal.aborted) return false
      hasFetchFailed = true
      logFailure(error)
      return false
    }
  }

  function logFailure(error: unknown): void {
    const level = performance.now() - createdAt < issuerStartupGraceMs ? 'info' : 'warn'
    if (level === loggedLevel) return
    loggedLevel = level
    log[level](
      { err: error, known: entries.size },
      'The keys of access tokens cannot be fetched from JWKS_URL; known keys stay valid',
    )
  }

  function merge(published: readonly Jwk[], isRefresh: boolean): void {
    const withdrawn: Entry[] = []
    const seen = new Set<string>()
    for (const jwk of published) {
      seen.add(jwk.kid)
      const known = entries.get(jwk.kid)
      if (known && known.jwk.x === jwk.x && known.jwk.y === jwk.y) {
        known.misses = 0
        continue
      }
      if (known) withdrawn.push(known)
      entries.set(jwk.kid, { jwk, key: toKey(jwk), isTrusted: true, misses: 0 })
    }
    if (isRefresh)
      for (const [kid, entry] of entries) {
        if (seen.has(kid) || ++entry.misses < missesToWithdraw) continue
        entries.delete(kid)
        withdrawn.push(entry)
      }
    if (withdrawn.length === 0) return
    for (const entry of withdrawn) entry.isTrusted = false
    log.info({ kids: withdrawn.map(({ jwk }) => jwk.kid) }, 'Keys of access tokens were withdrawn')
    onWithdrawn()
  }

  function fetchNow(isRefresh: boolean): Promise<boolean> {
    pendingFetch ??= fetchOnce(isRefresh).finally(() => (pendingFetch = undefined))
    return pendingFetch
  }

  function refetch(): Promise<boolean> {
    if (pendingFetch) return pendingFetch
    const delay = Math.max(0, fetchedAt + minRefetchGapMs - performance.now())
    scheduledFetch ??= wait(delay, undefined, { signal: closing.signal })
      .then(
        () => fetchNow(false),
        () => false,
      )
      .finally(() => (scheduledFetch = undefined))
    return scheduledFetch
  }

  async function refreshContinuously(): Promise<void> {
    while (!closing.signal.aborted) {
      await fetchNow(true)
      const delay = entries.size === 0 ? Math.min(retryWithoutKeysMs, refreshIntervalMs) : refreshIntervalMs
      await wait(delay, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
    }
  }

  void refreshContinuously()

  return {
    async findKey(kid) {
      const known = entries.get(kid)
      if (known) return known
      const wasPending = pendingFetch !== undefined
      let isFetched = await refetch()
      // The key may have been published after that response was written.
      if (wasPending && !entries.has(kid)) isFetched = await refetch()
      const found = entries.get(kid)
      if (!found && !isFetched) throw new KeysUnavailableError()
      return found
    },
    readState() {
      if (entries.size === 0) return 'down'
      return hasFetchFailed ? 'degraded' : 'ok'
    },
    async close() {
      closing.abort()
      await dispatcher.destroy()
    },
  }
}

function readKeys(body: unknown): Jwk[] {
  return jwksShape.parse(body).keys.flatMap((jwk) => {
    const known = keyShape.safeParse(jwk)
    return known.success ? [known.data] : []
  })
}

const toKey = ({ kty, crv, x, y }: Jwk): KeyObject =>
  createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })
