import { setTimeout as wait } from 'node:timers/promises'

import {
  startCachedCommunity,
  type CachedCommunity,
} from '../../../support/federation-router/cachedSubgraphs'
import { createGate } from '../../../support/clientEndpoint'
import { drawItem, drawNumber } from '../../../support/random/seededRandom'
import { waitUntil } from '../../../support/processes'
import { checkMetrics, hasPromtool } from '../../../support/promtool'

let community: CachedCommunity
beforeEach(async () => {
  community = await startCachedCommunity()
})
afterEach(() => community.close())

const post = '{ post(id: "p1") { title } }'
const rename = 'mutation ($id: ID!, $title: String!) { renamePost(id: $id, title: $title) { title } }'

async function readTitle(headers: Record<string, string> = {}, router = community.router): Promise<string> {
  const { data } = await router.send(post, { headers })
  return data.post.title
}
const status = async (query = post) => (await community.send(query)).headers.get('cache-status')

/** Changes a post without an event. */
function changeTitle(title: string): void {
  const stored = community.data.posts.get('p1')
  if (stored) stored.title = title
}

/** Starts a query that reads the data now, and whose response is held back. */
async function startSlowRead(query = post) {
  const { posts } = community
  const gate = createGate()
  posts.gate = gate.opened
  const fetches = posts.fetches.length
  const title = community.send(query).then(({ data }): string => data.post.title)
  await waitUntil('the fetch has arrived', () => posts.fetches.length > fetches)
  posts.gate = undefined
  return { title, respond: gate.open }
}

describe('a fetch that was started before an invalidation', () => {
  it('does not store its response', async () => {
    await community.warmUp('{ posts { id } }')
    const read = await startSlowRead()
    changeTitle('new')
    community.posts.publish('p1')
    await waitUntil(
      'the invalidation has arrived',
      async () => (await status('{ posts { id } }')) !== 'Agora; hit',
    )
    read.respond()
    expect(await read.title).toBe('post 1 – ü')
    expect(await readTitle()).toBe('new')
  })

  it('stores what other tags have invalidated', async () => {
    await community.warmUp('{ posts { id } }')
    await community.warmUp('{ post(id: "p2") { id } }')
    const read = await startSlowRead()
    community.posts.publish('p2')
    await waitUntil(
      'the invalidation has arrived',
      async () => (await status('{ post(id: "p2") { id } }')) !== 'Agora; hit',
    )
    read.respond()
    await read.title
    expect(await status()).toBe('Agora; hit')
  })

  it('does not store a response from before the stream began', async () => {
    community.posts.setStream('absent')
    const read = await startSlowRead()
    changeTitle('new')
    community.posts.publish('p1')
    community.posts.setStream('live')
    // Other requests open the stream.
    await community.warmUp('{ posts { id } }')
    read.respond()
    expect(await read.title).toBe('post 1 – ü')
    expect(await readTitle()).toBe('new')
  })

  it('does not store a response from before a mutation of another client', async () => {
    await community.warmUp('{ posts { id } }')
    community.posts.setStream('behind')
    const read = await startSlowRead()
    await community.send(rename, { variables: { id: 'p1', title: 'new' } })
    read.respond()
    expect(await read.title).toBe('post 1 – ü')
    expect(await readTitle()).toBe('new')
  })
})

describe('a stream of invalidations', () => {
  it('is resumed after a cut: the tags that were missed are applied, and other data stays', async () => {
    await community.warmUp(post)
    await community.warmUp('{ post(id: "p2") { title } }')
    const { posts } = community
    posts.setStream('absent')
    posts.cutStreams()
    await waitUntil('nothing comes from the cache', async () => (await status()) !== 'Agora; hit')
    changeTitle('new')
    posts.publish('p1')
    posts.setStream('live')
    await waitUntil(
      'data comes from the cache again',
      async () => (await status('{ post(id: "p2") { title } }')) === 'Agora; hit',
    )
    expect(await readTitle()).toBe('new')
  })

  it('that is cut is not current before the subgraph has said so', async () => {
    await community.warmUp(post)
    const { posts } = community
    posts.setStream('silent')
    posts.cutStreams()
    await waitUntil('nothing comes from the cache', async () => (await status()) !== 'Agora; hit')
    await waitUntil('the stream is open again', () => posts.countStreams() === 1)
    changeTitle('new')
    posts.publish('p1')
    // The invalidations that were missed follow one after the other.
    const invalidations = async () =>
      (await community.router.readMetrics())
        .split('\n')
        .find((line) => line.startsWith('router_cache_invalidations_total'))
    const before = await invalidations()
    posts.sendMessage('event: invalidate\nid: 0\ndata: {"tags":["p3"],"events":[]}\n\n')
    await waitUntil('the first one has arrived', async () => (await invalidations()) !== before)
    for (let n = 0; n < 5; n++) expect(await readTitle()).toBe('new')
    expect(await status()).not.toBe('Agora; hit')
    posts.setStream('live')
    await community.warmUp(post)
    expect(await readTitle()).toBe('new')
  })

  it('that falls silent for 3 s is not current', async () => {
    await community.warmUp(post)
    community.posts.setStream('silent')
    changeTitle('new')
    await waitUntil('nothing comes from the cache', async () => (await readTitle()) === 'new')
    expect(await status()).toBe('Agora; fwd=miss')
    community.posts.publish('p1')
    community.posts.setStream('live')
    await community.warmUp(post)
    expect(await readTitle()).toBe('new')
  })

  it('that only sends heartbeats and old invalidations for 3 s is not current', async () => {
    await community.warmUp(post)
    community.posts.setStream('silent')
    changeTitle('new')
    await waitUntil('nothing comes from the cache', async () => {
      community.posts.sendMessage(':\n\n')
      community.posts.sendMessage('event: invalidate\nid: 0\ndata: {"tags":["p3"],"events":[]}\n\n')
      return (await readTitle()) === 'new'
    })
  })

  it('that cannot be resumed drops all data of the subgraph', async () => {
    await community.warmUp(post)
    changeTitle('new')
    community.posts.forgetPositions()
    community.posts.cutStreams()
    await waitUntil('the title is new', async () => (await readTitle()) === 'new')
  })

  it.each([
    ['no JSON', 'event: invalidate\nid: 7\ndata: {\n\n'],
    ['another shape', 'event: invalidate\nid: 7\ndata: {"tags":"p1"}\n\n'],
    ['a reset', 'event: reset\nid: 0\ndata: {}\n\n'],
  ])('drops all data after a message with %s', async (_what, message) => {
    await community.warmUp(post)
    changeTitle('new')
    community.posts.sendMessage(message)
    await waitUntil('the title is new', async () => (await readTitle()) === 'new')
    await community.warmUp(post)
  })

  it('belongs to one subgraph: the data of others is still cached', async () => {
    await community.warmUp('{ posts { author { name } } }')
    community.posts.setStream('absent')
    community.posts.cutStreams()
    await waitUntil(
      'the root is fetched',
      async () => (await status('{ posts { author { name } } }')) === 'Agora; fwd=partial',
    )
    const metrics = await community.router.readMetrics()
    expect(metrics).toContain('router_cache_stream_current{subgraph="posts"} 0')
    expect(metrics).toContain('router_cache_stream_current{subgraph="users"} 1')
    if (hasPromtool) expect(checkMetrics(metrics)).toBe('')
  })
})

it('does not answer for a subgraph that was killed', async () => {
  await community.warmUp(post)
  await community.posts.kill()
  await waitUntil('the subgraph is missed', async () => (await community.send(post)).errors !== undefined)
  for (let n = 0; n < 3; n++) expect((await community.send(post)).data).toEqual({ post: null })
})

it('forgets everything when the supergraph is replaced', async () => {
  await community.warmUp(post)
  changeTitle('new')
  await community.router.replaceSupergraph(`${community.supergraph}\n# another version`)
  expect(await readTitle()).toBe('new')
  await community.warmUp(post)
})

describe('a mutation', () => {
  it('invalidates before its client gets the response, even if the stream is behind', async () => {
    await community.warmUp(post)
    community.posts.setStream('behind')
    const { headers } = await community.send(rename, { variables: { id: 'p1', title: 'new' } })
    expect(headers.get('agora-position')).toBe('posts=posts-event-0')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(await readTitle()).toBe('new')
    await community.warmUp(post)
  })

  it('with too many tags for a header invalidates everything of its subgraph', async () => {
    await community.warmUp(post)
    await community.warmUp('{ user(id: "u1") { name } }')
    const read = await startSlowRead('{ post(id: "p2") { title } }')
    community.posts.mutationHeaders = { 'cache-invalidate': '*', 'cache-position': 'never-delivered' }
    community.posts.setStream('behind')
    changeTitle('new')
    const variables = { id: 'p3', title: 'x' }
    const { headers } = await community.send(rename, { variables })
    expect(headers.get('agora-position')).toBe('posts=never-delivered')
    read.respond()
    await read.title
    expect(await readTitle()).toBe('new')
    expect(await status('{ post(id: "p2") { title } }')).toBe('Agora; fwd=miss')
    expect(await status('{ user(id: "u1") { name } }')).toBe('Agora; hit')
  })

  it('does not read from the cache', async () => {
    await community.warmUp('{ posts { author { name } } }')
    const user = community.data.users.get('u1')
    if (user) user.name = 'renamed'
    const { data } = await community.send(
      'mutation { renamePost(id: "p1", title: "x") { title author { name } } }',
    )
    expect(data.renamePost).toEqual({ title: 'x', author: { name: 'renamed' } })
  })
})

describe('Agora-Position', () => {
  it('shows a client its writes through any router, and other clients the same data as without them', async () => {
    const other = await community.startRouter()
    await waitUntil('the other router has it cached', async () => {
      const { headers } = await other.send(post)
      return headers.get('cache-status') === 'Agora; hit'
    })
    community.posts.setStream('behind')
    const { headers } = await community.send(rename, { variables: { id: 'p1', title: 'new' } })
    expect(await readTitle({}, other)).toBe('post 1 – ü')
    const position = { 'agora-position': headers.get('agora-position') ?? '' }
    expect(await readTitle(position, other)).toBe('new')
    // Data that was fetched for it serves it again, and all others.
    const fetches = community.posts.fetches.length
    expect(await readTitle(position, other)).toBe('new')
    expect(await readTitle({}, other)).toBe('new')
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
    const { headers } = await community.send(rename, { variables: { id: 'p1', title: 'new' } })
    const position = headers.get('agora-position') ?? ''
    expect(position).toMatch(/^posts=[\da-f-]{36}$/)
    expect(await readTitle({ 'agora-position': position }, other)).toBe('new')
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
    const { headers } = await community.send(rename, { variables: { id: 'p2', title: 'new' } })
    await waitUntil('the event has arrived', async () => (await readStatus(changed)) !== 'Agora; hit')
    const position = { 'agora-position': headers.get('agora-position') ?? '' }
    expect(await readStatus(post, position)).toBe('Agora; hit')
  })

  it.each(['posts', 'posts=a,,', '=', `posts=${'a'.repeat(101)}`, Array(60).fill('posts=a').join()])(
    'bypasses the cache when it cannot be read: %#',
    async (position) => {
      await community.warmUp(post)
      changeTitle('new')
      expect(await readTitle({ 'agora-position': position })).toBe('new')
    },
  )
})

it('never shows a client data older than a write that it knows of', async () => {
  let draws = 0
  const draw = (below: number) => Math.floor(drawNumber(`draw ${draws++}`) * below)
  const { data, posts, send } = community
  await community.warmUp('{ posts { id } }')
  /** What each post is after its last write: through this router, or elsewhere with a position that readers know. */
  const confirmed = new Map<string, number>()
  const written = new Map<string, { version: number; position: string }>()
  const failures: string[] = []
  let fetches = 0
  let reads = 0

  async function write(id: string): Promise<void> {
    const version = (written.get(id)?.version ?? 0) + 1
    const title = `version ${version}`
    if (!data.posts.has(id) || draw(2) === 0) {
      data.posts.set(id, { id, title, authorId: 'u1' })
      written.set(id, { version, position: `posts=${posts.publish(id, 'posts')}` })
      return
    }
    const { headers } = await send(rename, { variables: { id, title } })
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
})
