import { setTimeout as wait } from 'node:timers/promises'

import {
  startCachedCommunity,
  type CachedCommunity,
} from '../../../support/federation-router/cachedSubgraphs'
import {
  changeTitle,
  post,
  readCacheStatus,
  readTitle,
  renamePost,
} from '../../../support/federation-router/cachedPost'
import { drawItem, drawNumber } from '../../../support/random/seededRandom'
import { waitUntil } from '../../../support/processes'

let community: CachedCommunity
beforeEach(async () => {
  community = await startCachedCommunity()
})
afterEach(() => community.close())

describe('Agora-Position', () => {
  it('shows a client its writes through any router, and other clients the same data as without them', async () => {
    const other = await community.startRouter()
    await waitUntil('the other router has it cached', async () => {
      const { headers } = await other.send(post)
      return headers.get('cache-status') === 'Agora; hit'
    })
    community.posts.setStream('behind')
    const { headers } = await renamePost(community)
    expect(await readTitle(other)).toBe('post 1 – ü')
    const position = { 'agora-position': headers.get('agora-position') ?? '' }
    expect(await readTitle(other, position)).toBe('new')
    // Data that was fetched for it serves it again, and all others.
    const fetches = community.posts.fetches.length
    expect(await readTitle(other, position)).toBe('new')
    expect(await readTitle(other)).toBe('new')
    expect(community.posts.fetches).toHaveLength(fetches)
  })

  it('names an event that is never delivered in place of many, so that it stays short', async () => {
    const other = await community.startRouter()
    await waitUntil('the other router has it cached', async () => {
      const { headers } = await other.send(post)
      return headers.get('cache-status') === 'Agora; hit'
    })
    const { posts } = community
    posts.mutationHeaders = { 'cache-position': Array.from({ length: 6 }, (_, n) => `event-${n}`).join() }
    posts.setStream('behind')
    const { headers } = await renamePost(community)
    const position = headers.get('agora-position') ?? ''
    expect(position).toMatch(/^posts=[\da-f-]{36}$/)
    expect(await readTitle(other, { 'agora-position': position })).toBe('new')
  })

  it('needs no fetch once the stream has delivered the event', async () => {
    const other = await community.startRouter()
    const readStatus = async (query: string, headers: Record<string, string> = {}) =>
      (await other.send(query, { headers })).headers.get('cache-status')
    const changed = '{ post(id: "p2") { title } }'
    for (const query of [post, changed])
      await waitUntil(
        'the other router has it cached',
        async () => (await readStatus(query)) === 'Agora; hit',
      )
    const { headers } = await renamePost(community, { id: 'p2', title: 'new' })
    await waitUntil('the event has arrived', async () => (await readStatus(changed)) !== 'Agora; hit')
    const position = { 'agora-position': headers.get('agora-position') ?? '' }
    expect(await readStatus(post, position)).toBe('Agora; hit')
  })

  it.each(['posts', 'posts=a,,', '=', `posts=${'a'.repeat(101)}`, Array(60).fill('posts=a').join()])(
    'bypasses the cache when it cannot be read: %#',
    async (position) => {
      await community.warmUp(post)
      changeTitle(community, 'new')
      expect(await readTitle(community, { 'agora-position': position })).toBe('new')
    },
  )
})

it('never shows a client data older than a write that it knows of, and every client the newest in the end', async () => {
  let draws = 0
  const draw = (below: number) => Math.floor(drawNumber(`draw ${draws++}`) * below)
  const { data, posts, send } = community
  await community.warmUp('{ posts { id } }')
  /** The version of each post after its last write: through this router, or elsewhere with a position that readers know. */
  const confirmed = new Map<string, number>()
  const written = new Map<string, { version: number; position: string }>()
  const failures: string[] = []
  let fetches = 0
  let reads = 0

  async function write(id: string): Promise<void> {
    if (draw(6) === 0) posts.cutStreams()
    if (draw(6) === 0) posts.setStream(draw(2) === 0 ? 'behind' : 'live')
    const version = (written.get(id)?.version ?? 0) + 1
    const title = `version ${version}`
    if (!data.posts.has(id) || draw(2) === 0) {
      data.posts.set(id, { id, title, authorId: 'u1' })
      written.set(id, { version, position: `posts=${posts.publish(id, 'posts')}` })
      return
    }
    const { headers } = await renamePost(community, { id, title })
    written.set(id, { version, position: headers.get('agora-position') ?? '' })
    confirmed.set(id, version)
  }

  async function read(id: string): Promise<void> {
    const last = written.get(id)
    const knows = draw(2) === 0
    const headers: Record<string, string> = last && knows ? { 'agora-position': last.position } : {}
    const expected = knows ? last?.version : confirmed.get(id)
    // Some responses are slow, so that they overtake one another.
    posts.gate = draw(3) === 0 ? wait(draw(20)) : undefined
    const response = await send(`{ post(id: "${id}") { title } }`, { headers })
    const found = Number(/\d+/.exec(response.data.post?.title ?? '0')?.[0])
    reads++
    if (response.headers.get('cache-status') !== 'Agora; hit') fetches++
    if (found < (expected ?? 0)) failures.push(`${id}: ${found} instead of ${expected}`)
  }

  await Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      for (let n = 0; n < 60; n++)
        await (worker === 0 ? write : read)(drawItem(`${worker} ${n}`, ['a', 'b', 'c']))
    }),
  )
  expect(failures).toEqual([])
  expect(fetches).toBeLessThan(reads)
  posts.gate = undefined
  posts.setStream('live')
  await community.warmUp('{ post(id: "marker") { title } }')
  posts.publish('marker')
  await waitUntil(
    'all events have arrived',
    async () => (await readCacheStatus(community, '{ post(id: "marker") { title } }')) !== 'Agora; hit',
  )
  for (const id of ['a', 'b', 'c'])
    expect((await send(`{ post(id: "${id}") { title } }`)).data.post.title).toBe(data.posts.get(id)?.title)
})
