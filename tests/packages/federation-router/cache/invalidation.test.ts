import {
  changeTitle,
  post,
  readCacheStatus,
  readTitle,
  renamePost,
  startSlowRead,
} from '../../../support/federation-router/cachedPost'
import {
  startCachedCommunity,
  type CachedCommunity,
} from '../../../support/federation-router/cachedSubgraphs'
import { waitUntil } from '../../../support/processes'
import { checkMetrics, hasPromtool } from '../../../support/promtool'

let community: CachedCommunity
beforeEach(async () => {
  community = await startCachedCommunity()
})
afterEach(() => community.close())

describe('a fetch that was started before an invalidation', () => {
  it('does not store its response', async () => {
    await community.warmUp('{ posts { id } }')
    const read = await startSlowRead(community)
    changeTitle(community, 'new')
    community.posts.publish('p1')
    await waitUntil(
      'the invalidation has arrived',
      async () => (await readCacheStatus(community, '{ posts { id } }')) !== 'Agora; hit',
    )
    read.respond()
    expect((await read.response).data.post.title).toBe('post 1 – ü')
    expect(await readTitle(community)).toBe('new')
  })

  it('stores a response while other tags are invalidated', async () => {
    await community.warmUp('{ posts { id } }')
    await community.warmUp('{ post(id: "p2") { id } }')
    const read = await startSlowRead(community)
    community.posts.publish('p2')
    await waitUntil(
      'the invalidation has arrived',
      async () => (await readCacheStatus(community, '{ post(id: "p2") { id } }')) !== 'Agora; hit',
    )
    read.respond()
    await read.response
    expect(await readCacheStatus(community, post)).toBe('Agora; hit')
  })

  it('does not store a response from before the stream began', async () => {
    community.posts.setStream('absent')
    const read = await startSlowRead(community)
    changeTitle(community, 'new')
    community.posts.publish('p1')
    community.posts.setStream('live')
    // Other requests open the stream.
    await community.warmUp('{ posts { id } }')
    read.respond()
    expect((await read.response).data.post.title).toBe('post 1 – ü')
    expect(await readTitle(community)).toBe('new')
  })

  it('does not store a response from before a mutation of another client', async () => {
    await community.warmUp('{ posts { id } }')
    community.posts.setStream('behind')
    const read = await startSlowRead(community)
    await renamePost(community)
    read.respond()
    expect((await read.response).data.post.title).toBe('post 1 – ü')
    expect(await readTitle(community)).toBe('new')
  })
})

describe('a stream of invalidations', () => {
  it('is resumed after a cut: the tags that were missed are applied, and other data stays', async () => {
    await community.warmUp(post)
    await community.warmUp('{ post(id: "p2") { title } }')
    const { posts } = community
    posts.setStream('absent')
    posts.cutStreams()
    await waitUntil(
      'nothing comes from the cache',
      async () => (await readCacheStatus(community, post)) !== 'Agora; hit',
    )
    changeTitle(community, 'new')
    posts.publish('p1')
    posts.setStream('live')
    await waitUntil(
      'data comes from the cache again',
      async () => (await readCacheStatus(community, '{ post(id: "p2") { title } }')) === 'Agora; hit',
    )
    expect(await readTitle(community)).toBe('new')
  })

  it('that is cut is not current before the subgraph has said so', async () => {
    await community.warmUp(post)
    const { posts } = community
    posts.setStream('silent')
    posts.cutStreams()
    await waitUntil(
      'nothing comes from the cache',
      async () => (await readCacheStatus(community, post)) !== 'Agora; hit',
    )
    await waitUntil('the stream is open again', () => posts.countStreams() === 1)
    changeTitle(community, 'new')
    posts.publish('p1')
    // The invalidations that were missed follow one after the other.
    const invalidations = async () =>
      (await community.router.readMetrics())
        .split('\n')
        .find((line) => line.startsWith('router_cache_invalidations_total'))
    const before = await invalidations()
    posts.sendMessage('event: invalidate\nid: 0\ndata: {"tags":["p3"],"events":[]}\n\n')
    await waitUntil('the first one has arrived', async () => (await invalidations()) !== before)
    for (let n = 0; n < 5; n++) expect(await readTitle(community)).toBe('new')
    expect(await readCacheStatus(community, post)).not.toBe('Agora; hit')
    posts.setStream('live')
    await community.warmUp(post)
    expect(await readTitle(community)).toBe('new')
  })

  it('that falls silent for 3 s is not current', async () => {
    await community.warmUp(post)
    community.posts.setStream('silent')
    changeTitle(community, 'new')
    await waitUntil('nothing comes from the cache', async () => (await readTitle(community)) === 'new')
    expect(await readCacheStatus(community, post)).toBe('Agora; fwd=miss')
    community.posts.publish('p1')
    community.posts.setStream('live')
    await community.warmUp(post)
    expect(await readTitle(community)).toBe('new')
  })

  it('that only sends heartbeats and old invalidations for 3 s is not current', async () => {
    await community.warmUp(post)
    community.posts.setStream('silent')
    changeTitle(community, 'new')
    await waitUntil('nothing comes from the cache', async () => {
      community.posts.sendMessage(':\n\n')
      community.posts.sendMessage('event: invalidate\nid: 0\ndata: {"tags":["p3"],"events":[]}\n\n')
      return (await readTitle(community)) === 'new'
    })
  })

  it('that cannot be resumed drops all data of the subgraph', async () => {
    await community.warmUp(post)
    changeTitle(community, 'new')
    community.posts.forgetPositions()
    community.posts.cutStreams()
    await waitUntil('the title is new', async () => (await readTitle(community)) === 'new')
  })

  it.each([
    ['no JSON', 'event: invalidate\nid: 7\ndata: {\n\n'],
    ['another shape', 'event: invalidate\nid: 7\ndata: {"tags":"p1"}\n\n'],
    ['a reset', 'event: reset\nid: 0\ndata: {}\n\n'],
  ])('drops all data after a message with %s', async (_what, message) => {
    await community.warmUp(post)
    changeTitle(community, 'new')
    community.posts.sendMessage(message)
    await waitUntil('the title is new', async () => (await readTitle(community)) === 'new')
    await community.warmUp(post)
  })

  it('belongs to one subgraph: the data of others is still cached', async () => {
    await community.warmUp('{ posts { author { name } } }')
    community.posts.setStream('absent')
    community.posts.cutStreams()
    await waitUntil(
      'the root is fetched',
      async () =>
        (await readCacheStatus(community, '{ posts { author { name } } }')) === 'Agora; fwd=partial',
    )
    const metrics = await community.router.readMetrics()
    expect(metrics).toContain('router_cache_stream_current{subgraph="posts"} 0')
    expect(metrics).toContain('router_cache_stream_current{subgraph="users"} 1')
    if (hasPromtool) expect(checkMetrics(metrics)).toBe('')
  })
})

it('serves nothing of a subgraph that was killed', async () => {
  await community.warmUp(post)
  await community.posts.kill()
  await waitUntil('the subgraph is missed', async () => (await community.send(post)).errors !== undefined)
  for (let n = 0; n < 3; n++) expect((await community.send(post)).data).toEqual({ post: null })
})

it('forgets everything when the supergraph is replaced', async () => {
  await community.warmUp(post)
  changeTitle(community, 'new')
  await community.router.replaceSupergraph(`${community.supergraph}\n# another version`)
  expect(await readTitle(community)).toBe('new')
  await community.warmUp(post)
})

describe('a mutation', () => {
  it('invalidates before its client gets the response, even if the stream is behind', async () => {
    await community.warmUp(post)
    community.posts.setStream('behind')
    const { headers } = await renamePost(community)
    expect(headers.get('agora-position')).toBe('posts=posts-event-0')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(await readTitle(community)).toBe('new')
    await community.warmUp(post)
  })

  it('with too many tags for a header invalidates everything of its subgraph', async () => {
    await community.warmUp(post)
    await community.warmUp('{ user(id: "u1") { name } }')
    const read = await startSlowRead(community, '{ post(id: "p2") { title } }')
    community.posts.mutationHeaders = { 'cache-invalidate': '*', 'cache-position': 'never-delivered' }
    community.posts.setStream('behind')
    changeTitle(community, 'new')
    const { headers } = await renamePost(community, { id: 'p3', title: 'x' })
    expect(headers.get('agora-position')).toBe('posts=never-delivered')
    read.respond()
    await read.response
    expect(await readTitle(community)).toBe('new')
    expect(await readCacheStatus(community, '{ post(id: "p2") { title } }')).toBe('Agora; fwd=miss')
    expect(await readCacheStatus(community, '{ user(id: "u1") { name } }')).toBe('Agora; hit')
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
