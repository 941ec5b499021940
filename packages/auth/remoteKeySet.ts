import { createPublicKey, type KeyObject } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Agent, fetch } from 'undici'
import { z } from 'zod'

import type { Log } from '../platform/log'
import { issuerStartupGraceMs } from './issuerStartup'

/** The keys cannot be fetched, so that an unknown key may be a valid one. */
export class KeysUnavailableError extends Error {}

/** A public key; `isTrusted` becomes false when its publisher has withdrawn it. */
export interface TrustedKey {
  readonly key: KeyObject
  isTrusted: boolean
}

/** The public keys that access tokens are signed with, by their `kid`. */
export interface RemoteKeySet {
  /**
   * @returns undefined when there is no such key
   * @throws KeysUnavailable
   */
  findKey(kid: string): Promise<TrustedKey | undefined>
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
/** How many refreshes in a row must lack a key before it is withdrawn: each may be answered by another process. */
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
  /** Refreshes in a row that lacked it. */
  misses: number
}

/**
 * Keeps a JWK Set (RFC 7517): fetches it every 15 s, and at once for a key that it does not contain, but one fetch at a
 * time and at most one a second, for any number of made-up key ids; a request with an unknown key waits for that.
 *
 * The processes of a publisher may publish different sets while keys rotate. Their sets are merged: a key is trusted from
 * the first response that contains it until 8 refreshes in a row lack it, which takes 2 minutes. While the publisher
 * cannot be reached all keys stay.
 */
export function createRemoteKeySet(options: RemoteKeySetOptions): RemoteKeySet {
  const { url, log, onWithdrawn, refreshIntervalMs = 15_000, minRefetchGapMs = 1_000 } = options
  // Each fetch has its own connection, so that a load balancer may choose another process.
  const dispatcher = new Agent({ pipelining: 0, connect: { timeout: timeoutMs } })
  const entries = new Map<string, Entry>()
  const closing = new AbortController()
  const openedAt = performance.now()
  let startedAt = -Infinity
  let underWay: Promise<boolean> | undefined
  let waiting: Promise<boolean> | undefined

  /** @returns whether the keys were fetched */
  async function fetchOnce(isRefresh: boolean): Promise<boolean> {
    startedAt = performance.now()
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)])
      const response = await fetch(url, { dispatcher, signal })
      if (!response.ok) throw new Error(`Responded with status ${response.status}`)
      merge(readKeys(await response.json()), isRefresh)
      return true
    } catch (error) {
      if (closing.signal.aborted) return false
      const level = performance.now() - openedAt < issuerStartupGraceMs ? 'info' : 'warn'
      log[level]({ err: error, known: entries.size }, 'The keys of access tokens cannot be fetched')
      return false
    }
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
    underWay ??= fetchOnce(isRefresh).finally(() => (underWay = undefined))
    return underWay
  }

  function refetch(): Promise<boolean> {
    if (underWay) return underWay
    const delay = Math.max(0, startedAt + minRefetchGapMs - performance.now())
    waiting ??= wait(delay, undefined, { signal: closing.signal })
      .then(
        () => fetchNow(false),
        () => false,
      )
      .finally(() => (waiting = undefined))
    return waiting
  }

  void fetchNow(true)
  const refreshing = setInterval(() => void fetchNow(true), refreshIntervalMs)
  refreshing.unref()

  return {
    async findKey(kid) {
      const known = entries.get(kid)
      if (known) return known
      const wasUnderWay = underWay !== undefined
      let isFetched = await refetch()
      // The key may have been published after that response was written.
      if (wasUnderWay && !entries.has(kid)) isFetched = await refetch()
      const found = entries.get(kid)
      if (!found && !isFetched) throw new KeysUnavailableError()
      return found
    },
    async close() {
      clearInterval(refreshing)
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
