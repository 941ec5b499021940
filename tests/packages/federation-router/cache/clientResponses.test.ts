import { readCacheStatus } from '../../../support/federation-router/cachedPost'
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { request } from 'undici'

import {
  startCachedCommunity,
  type CachedCommunity,
} from '../../../support/federation-router/cachedSubgraphs'
import {
  createBearerHeader,
  startCommunityTokenIssuer,
} from '../../../support/federation-router/accessTokens'
import { waitUntil } from '../../../support/processes'
import { temporaryFile } from '../../../support/temporaryFile'

let community: CachedCommunity
let publisher: Awaited<ReturnType<typeof startCommunityTokenIssuer>> | undefined
afterEach(async () => {
  await community.close()
  await publisher?.close()
  publisher = undefined
})

async function start(environment: Record<string, string> = {}): Promise<void> {
  community = await startCachedCommunity(environment)
}

const feed = '{ posts { title author { name } } }'
const preflight = { 'apollo-require-preflight': 'true' }

function get(parameters: Record<string, string>, headers: Record<string, string> = {}) {
  const url = `${community.router.url}/graphql?${new URLSearchParams(parameters).toString()}`
  return fetch(url, { headers: { ...preflight, ...headers } })
}

describe('the response to GET', () => {
  it('has an ETag, and status 304 for a client that has it', async () => {
    await start()
    const { text } = await community.warmUp(feed)
    const response = await get({ query: feed })
    expect(await response.text()).toBe(text)
    expect(response.headers.get('cache-control')).toBe('public, no-cache')
    expect(response.headers.get('cache-status')).toBe('Agora; hit')
    expect(response.headers.get('vary')).toContain('Accept')
    const etag = response.headers.get('etag') ?? ''
    for (const known of [etag, etag.slice(2), `"x", ${etag}`, '*']) {
      const again = await get({ query: feed }, { 'if-none-match': known })
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
      expect(again.headers.get('cache-control')).toBe('public, no-cache')
    }
    const user = community.data.users.get('u1')
    if (user) user.name = 'renamed'
    community.users.publish('u1')
    await waitUntil('the ETag is another', async () => {
      const changed = await get({ query: feed }, { 'if-none-match': etag })
      return changed.status === 200 && (await changed.text()).includes('renamed')
    })
  })

  it('has the same ETag from any router, fresh or from the cache, compressed or not', async () => {
    await start()
    const long = 'x'.repeat(3000)
    community.data.users.set('u1', { id: 'u1', name: long })
    await community.warmUp(feed)
    const other = await community.startRouter()
    const url = (router: { url: string }) => `${router.url}/graphql?query=${encodeURIComponent(feed)}`
    const cached = await request(url(community.router), {
      headers: { ...preflight, 'accept-encoding': 'gzip' },
    })
    const fresh = await request(url(other), { headers: preflight })
    const text = await fresh.body.text()
    expect(cached.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(Buffer.from(await cached.body.arrayBuffer())).toString()).toBe(text)
    expect(fresh.headers.etag).toBe(cached.headers.etag)
    expect(fresh.headers['cache-status']).toBe('Agora; fwd=miss')
  })

  it('is the same for an automatic persisted query', async () => {
    await start()
    await community.warmUp(feed)
    const sha256Hash = createHash('sha256').update(feed).digest('hex')
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash } })
    const unknown = await get({ extensions })
    expect(unknown.headers.get('cache-control')).toBe('no-store')
    expect(unknown.headers.get('etag')).toBeNull()
    await get({ query: feed, extensions })
    const { headers } = await get({ extensions })
    const again = await get({ extensions }, { 'if-none-match': headers.get('etag') ?? '' })
    expect(again.status).toBe(304)
  })

  it('may be used for as long as its data, if nothing invalidates that', async () => {
    await start()
    community.posts.headers = { 'cache-tag': undefined, 'cache-control': 'public, max-age=100' }
    const response = await get({ query: '{ clock }' })
    expect(response.headers.get('cache-control')).toMatch(/^public, max-age=(9\d|100)$/)
  })

  it.each([
    ['private data', '{ drafts { title } }'],
    ['private and public data', '{ posts { title author { name isFollowed } } }'],
    ['an error', '{ posts { id } broken }'],
    ['data that the router knows', '{ __typename }'],
    ['the schema', '{ __schema { queryType { name } } posts { id } }'],
  ])('is not stored with %s', async (what, query) => {
    await start()
    const { headers } = await get({ query })
    const isStored = headers.get('etag') !== null
    // The schema changes with the router only, and the data is public.
    expect(isStored).toBe(what === 'the schema')
    expect(headers.get('cache-control')).toBe(isStored ? 'public, no-cache' : 'no-store')
  })
})

it('never lets the response to POST be stored', async () => {
  await start()
  const { headers } = await community.warmUp(feed)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('etag')).toBeNull()
})

describe('viewers', () => {
  it('share public data, and nothing else', async () => {
    publisher = await startCommunityTokenIssuer()
    await start(publisher.environment)
    await community.warmUp(feed)
    const [ida, otto] = ['usr_ida', 'usr_otto'].map((id) => createBearerHeader(id))
    expect(await readCacheStatus(community, feed, ida)).toBe('Agora; hit')
    const drafts = async (headers: Record<string, string> = {}) =>
      (await community.send('{ drafts { title } posts { author { name isFollowed } } }', { headers })).data
    for (let n = 0; n < 4; n++) {
      for (const [headers, viewer] of [
        [ida, 'usr_ida'],
        [otto, 'usr_otto'],
        [{}, undefined],
      ] as const) {
        const { drafts: found, posts } = await drafts(headers)
        expect(found[0].title).toBe(`draft of ${viewer}`)
        expect(posts[0].author).toEqual({ name: 'user 1', isFollowed: viewer !== undefined })
      }
    }
  })

  it('cannot be distinguished by subgraphs that receive headers of clients, which are not cached', async () => {
    const HEADERS_FILE = temporaryFile(
      JSON.stringify({ posts: [{ propagate: 'x-language' }], users: [{ set: 'x-fixed', value: '1' }] }),
    )
    await start({ HEADERS_FILE })
    for (let n = 0; n < 3; n++)
      expect(await readCacheStatus(community, '{ posts { id } }')).toBe('Agora; fwd=bypass')
    await waitUntil(
      'users are cached',
      async () => (await readCacheStatus(community, '{ user(id: "u1") { name } }')) === 'Agora; hit',
    )
  })
})

it('caches nothing with CACHE=off', async () => {
  await start({ CACHE: 'off' })
  for (let n = 0; n < 4; n++) expect(await readCacheStatus(community, feed)).toBeNull()
  expect(community.posts.fetches).toHaveLength(4)
  expect((await get({ query: feed })).headers.get('cache-control')).toBe('no-store')
})

describe('CACHE=shadow', () => {
  const differences = () =>
    community.router.logged.filter(({ msg }) => msg === 'Data of the cache differs from fresh data')
  const readMetric = async (name: string) =>
    (await community.router.readMetrics()).split('\n').find((line) => line.startsWith(name))

  it('returns fresh data, and reports data that differs without an invalidation', async () => {
    await start({ CACHE: 'shadow' })
    await community.warmUp(feed)
    const user = community.data.users.get('u2')
    if (user) user.name = 'renamed'
    expect((await community.send(feed)).text).toContain('renamed')
    await waitUntil('the difference is reported', () => differences().length > 0)
    expect(differences()[0]).toMatchObject({ service: 'users', tags: ['u2'], cached: '{"name":"user 2"}' })
    expect(await readMetric('router_cache_differences_total{subgraph="users"}')).toMatch(/ 1$/)
  })

  it('does not report data whose invalidation is under way', async () => {
    await start({ CACHE: 'shadow' })
    await community.warmUp(feed)
    community.users.setStream('behind')
    const user = community.data.users.get('u2')
    if (user) user.name = 'renamed'
    expect((await community.send(feed)).text).toContain('renamed')
    community.users.publish('u2')
    community.users.setStream('live')
    await waitUntil(
      'it has arrived',
      async () => (await readMetric('router_cache_invalidations_total'))?.endsWith(' 1') === true,
    )
    // Another difference is reported after it.
    const other = community.data.users.get('u3')
    if (other) other.name = 'renamed, too'
    await community.send(feed)
    await waitUntil('the difference is reported', () => differences().length > 0)
    expect(differences().map(({ tags }) => tags)).toEqual([['u3']])
  })
})

it('bounds its memory with any number of documents, and keeps used entries', async () => {
  await start({ CACHE_MB: '1' })
  await community.warmUp(feed)
  const padding = 'p'.repeat(5_000)
  for (let n = 0; n < 160; n++) {
    await community.send(`query ($id: ID!) { post(id: $id) { title } }`, {
      variables: { id: `${padding}${n}` },
    })
    if (n % 20 === 0) await community.send(feed)
  }
  const metrics = await community.router.readMetrics()
  const bytes = Number(/router_cache_characters\{cache="subgraph_data"\} (\d+)/.exec(metrics)?.[1])
  expect(bytes).toBeGreaterThan(500_000)
  expect(bytes).toBeLessThan(1_000_000)
  expect(await readCacheStatus(community, feed)).toBe('Agora; hit')
})
