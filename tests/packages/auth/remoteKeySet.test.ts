import {
  createRemoteKeySet,
  KeysUnavailableError,
  type RemoteKeySet,
  type RemoteKeySetOptions,
} from '../../../packages/auth/remoteKeySet'
import { createLog } from '../../../packages/platform/log'
import { currentKey, nextKey, strangerKey } from '../../support/federation-router/testTokens'
import { startTokenIssuer } from '../../support/federation-router/tokenIssuer'
import { waitUntil } from '../../support/processes'

const log = createLog('test', 'silent')

describe('the keys', () => {
  const opened: RemoteKeySet[] = []
  const withdrawals: unknown[] = []
  const open = (url: string, options: Partial<RemoteKeySetOptions> = {}) => {
    const onWithdrawn = () => withdrawals.push('withdrawn')
    const keys = createRemoteKeySet({
      url,
      log,
      onWithdrawn,
      refreshIntervalMs: 60_000,
      minRefetchGapMs: 0,
      ...options,
    })
    opened.push(keys)
    return keys
  }
  afterEach(async () => {
    for (const keys of opened.splice(0)) await keys.close()
    withdrawals.length = 0
  })

  it('are fetched again for an unknown key, with one fetch for all waiting requests', async () => {
    const own = await startTokenIssuer([currentKey.jwk])
    const keys = open(own.url)
    expect(await keys.findKey('current')).toBeDefined()
    own.keys = [currentKey.jwk, nextKey.jwk]
    const kids = ['next', 'next', 'made up', ...Array.from({ length: 100 }, (_, index) => `made up ${index}`)]
    const found = await Promise.all(kids.map((kid) => keys.findKey(kid)))
    expect(found.slice(0, 3).map((key) => key !== undefined)).toEqual([true, true, false])
    expect(own.keyRequestCount).toBe(2)
    await own.close()
  })

  it('are awaited when a key has just been published', async () => {
    const own = await startTokenIssuer([currentKey.jwk])
    const keys = open(own.url, { minRefetchGapMs: 200 })
    expect(await keys.findKey('made up')).toBeUndefined()
    own.keys = [nextKey.jwk]
    expect(await keys.findKey('next')).toBeDefined()
    await own.close()
  })

  it('are fetched again for a key that was published during a fetch', async () => {
    const own = await startTokenIssuer([currentKey.jwk])
    let release = () => {}
    own.heldUntil = new Promise((resolve) => (release = resolve))
    const keys = open(own.url)
    await waitUntil('the first fetch has arrived', () => own.keyRequestCount === 1)
    own.keys = [currentKey.jwk, nextKey.jwk]
    const found = keys.findKey('next')
    release()
    expect(await found).toBeDefined()
    await own.close()
  })

  it('are merged from all processes of the publisher', async () => {
    const own = await startTokenIssuer([currentKey.jwk])
    const keys = open(own.url, { refreshIntervalMs: 20 })
    const first = await keys.findKey('current')
    own.keys = [nextKey.jwk]
    expect(await keys.findKey('next')).toBeDefined()
    own.keys = [currentKey.jwk]
    const earlierRequests = own.keyRequestCount
    await waitUntil('several refreshes', () => own.keyRequestCount > earlierRequests + 4)
    expect(await keys.findKey('current')).toBe(first)
    expect(first?.isTrusted).toBe(true)
    await own.close()
  })

  it('are withdrawn when consecutive refreshes lack them', async () => {
    const own = await startTokenIssuer([currentKey.jwk])
    const keys = open(own.url, { refreshIntervalMs: 20 })
    const key = await keys.findKey('current')
    own.keys = [nextKey.jwk]
    const earlierRequests = own.keyRequestCount
    await waitUntil('the key is withdrawn', () => withdrawals.length > 0)
    expect(own.keyRequestCount - earlierRequests).toBeGreaterThanOrEqual(8)
    expect(key?.isTrusted).toBe(false)
    expect(await keys.findKey('current')).toBeUndefined()
    await own.close()
  })

  it('are not withdrawn earlier because of invented key IDs', async () => {
    const own = await startTokenIssuer([currentKey.jwk])
    const keys = open(own.url)
    await keys.findKey('current')
    own.keys = [nextKey.jwk]
    for (let index = 0; index < 20; index++) await keys.findKey(`made up ${index}`)
    expect(own.keyRequestCount).toBeGreaterThan(10)
    expect(await keys.findKey('current')).toBeDefined()
    await own.close()
  })

  it('are withdrawn at once when another key has their ID', async () => {
    const own = await startTokenIssuer([currentKey.jwk])
    const keys = open(own.url)
    const key = await keys.findKey('current')
    own.keys = [strangerKey.jwk]
    await keys.findKey('made up')
    expect(key?.isTrusted).toBe(false)
    expect((await keys.findKey('current'))?.key.equals(strangerKey.publicKey)).toBe(true)
    await own.close()
  })

  it('stay trusted while their publisher is down, and unknown keys get 503', async () => {
    const own = await startTokenIssuer([currentKey.jwk])
    const keys = open(own.url, { refreshIntervalMs: 10 })
    await keys.findKey('current')
    await own.close()
    for (let count = 0; count < 10; count++)
      await expect(keys.findKey('next')).rejects.toThrow(KeysUnavailableError)
    expect((await keys.findKey('current'))?.isTrusted).toBe(true)
  })

  it('are fetched again after a failure', async () => {
    const own = await startTokenIssuer([currentKey.jwk])
    await own.close()
    const keys = open(own.url)
    await expect(keys.findKey('current')).rejects.toThrow(KeysUnavailableError)
    const again = await startTokenIssuer([currentKey.jwk], own.port)
    expect(await keys.findKey('current')).toBeDefined()
    await again.close()
  })
})
