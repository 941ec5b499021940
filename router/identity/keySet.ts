import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

import type { Log } from '../../subgraphs/shared/log'

/** No key is known yet, and none can be fetched now. */
export class KeysUnavailable extends Error {}

/** The public keys that access tokens are signed with, by their `kid`. */
export interface KeySet {
  /**
   * @returns undefined when there is no such key
   * @throws KeysUnavailable
   */
  find(kid: string): Promise<KeyObject | undefined>
}

export interface KeySetOptions {
  url: string
  log: Log
  /** For tests; milliseconds of a monotonic clock. */
  now?: () => number
}

const timeoutMilliseconds = 3_000
/** A key that was withdrawn is not trusted for longer than this. */
const freshMilliseconds = 10 * 60_000
/** Made-up key ids must not turn into a request each. */
const unknownKeyCoolDownMilliseconds = 30_000
const failureCoolDownMilliseconds = 1_000

const jwksShape = z.object({ keys: z.array(z.unknown()) })
const keyShape = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  kid: z.string(),
  x: z.string(),
  y: z.string(),
  use: z.literal('sig').optional(),
})

/**
 * Fetches a JWK Set (RFC 7517) when a key is first needed, keeps it while its publisher cannot be reached, and
 * fetches it again for a key that it does not contain, but not more often than every 30 s.
 */
export function createKeySet({ url, log, now = () => performance.now() }: KeySetOptions): KeySet {
  let keys: ReadonlyMap<string, KeyObject> | undefined
  let fetchedAt = -Infinity
  let triedAt = -Infinity
  let underWay: Promise<void> | undefined

  async function refresh(): Promise<void> {
    triedAt = now()
    try {
      keys = await fetchKeys(url)
      fetchedAt = triedAt
    } catch (error) {
      log.warn({ err: error, known: keys?.size ?? 0 }, 'The keys of access tokens cannot be fetched')
    }
  }

  function refreshOnce(): Promise<void> {
    underWay ??= refresh().finally(() => (underWay = undefined))
    return underWay
  }

  return {
    async find(kid) {
      const key = keys?.get(kid)
      const sinceTry = now() - triedAt
      if (key) {
        // What is known serves meanwhile.
        if (now() - fetchedAt > freshMilliseconds && sinceTry > unknownKeyCoolDownMilliseconds)
          void refreshOnce()
        return key
      }
      const failed = triedAt !== fetchedAt
      const coolDown = failed ? failureCoolDownMilliseconds : unknownKeyCoolDownMilliseconds
      if (underWay || sinceTry >= coolDown) await refreshOnce()
      if (!keys) throw new KeysUnavailable()
      return keys.get(kid)
    },
  }
}

async function fetchKeys(url: string): Promise<Map<string, KeyObject>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMilliseconds) })
  if (!response.ok) throw new Error(`Answered with status ${response.status}`)
  const { keys } = jwksShape.parse(await response.json())
  return new Map(
    keys.flatMap((jwk): [string, KeyObject][] => {
      const known = keyShape.safeParse(jwk)
      if (!known.success) return []
      const { kid, kty, crv, x, y } = known.data
      return [[kid, createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })]]
    }),
  )
}
