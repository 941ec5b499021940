import { readCacheStatus } from '../../../support/federation-router/cachedPost'
import {
  startCachedCommunity,
  type CachedCommunity,
} from '../../../support/federation-router/cachedSubgraphs'
import { waitUntil } from '../../../support/processes'

let community: CachedCommunity
beforeEach(async () => {
  community = await startCachedCommunity()
})
afterEach(() => community.close())

const feed = '{ posts { id title author { name } } }'
const readFeed = async () => {
  const { data } = await community.send(feed)
  return data.posts.map(
    (post: { title: string; author: { name: string } }) => `${post.title} by ${post.author.name}`,
  )
}

it('serves a repeated query without any fetch, on the standard executor and on the fast path', async () => {
  const [fresh] = [await community.send(feed)]
  for (let n = 0; n < 4; n++) expect((await community.warmUp(feed)).text).toBe(fresh.text)
  const fetches = community.countFetches()
  expect((await community.send(feed)).text).toBe(fresh.text)
  expect(community.countFetches()).toBe(fetches)
})

it('fetches only those entities that are not in the cache', async () => {
  await community.warmUp(feed)
  const { data, posts, users } = community
  data.users.set('u4', { id: 'u4', name: 'user 4' })
  data.posts.set('p4', { id: 'p4', title: 'post 4', authorId: 'u4' })
  posts.publish('posts')
  await waitUntil('the feed is invalidated', async () => (await readFeed()).length === 4)
  expect(users.fetches.at(-1)?.variables).toEqual({ representations: [{ __typename: 'User', id: 'u4' }] })
  expect(await readFeed()).toEqual([1, 2, 3, 4].map((n) => `post ${n}${n < 4 ? ' – ü' : ''} by user ${n}`))
})

it('returns texts of cached entities that are not ASCII unchanged, in whole and in partial hits', async () => {
  community.data.users.set('u1', { id: 'u1', name: 'Zoë 田中' })
  for (let n = 0; n < 6; n++) {
    await community.warmUp('{ posts { id } }')
    expect((await readFeed())[0]).toBe('post 1 – ü by Zoë 田中')
  }
  community.data.users.set('u2', { id: 'u2', name: 'renamed' })
  community.users.publish('u2')
  await waitUntil('the name is new', async () => (await readFeed())[1].includes('renamed'))
  expect((await readFeed())[0]).toBe('post 1 – ü by Zoë 田中')
})

it('reports errors of a partial fetch at the paths of the whole one', async () => {
  const query = '{ posts { author { secret } } }'
  const paths = async () => {
    const { data, errors } = await community.send(query)
    return { data: data.posts, paths: errors?.map(({ path }) => path) }
  }
  community.data.posts.delete('p2')
  await community.warmUp(query)
  community.data.posts.clear()
  for (const n of [1, 2, 3]) community.data.posts.set(`p${n}`, { id: `p${n}`, title: 'x', authorId: `u${n}` })
  community.posts.publish('posts')
  const expected = {
    data: [
      { author: { secret: 'public secret' } },
      { author: { secret: null } },
      { author: { secret: 'public secret' } },
    ],
    paths: [['posts', 1, 'author', 'secret']],
  }
  await waitUntil('the list is invalidated', async () => (await paths()).data.length === 3)
  for (let n = 0; n < 3; n++) expect(await paths()).toEqual(expected)
  expect(community.users.fetches.at(-1)?.variables['representations']).toHaveLength(1)
})

it('drops the data with the tags of an invalidation, and nothing else', async () => {
  await community.warmUp(feed)
  const { data, users, posts } = community
  data.users.set('u2', { id: 'u2', name: 'renamed' })
  expect((await readFeed())[1]).toContain('user 2')
  const rootFetches = posts.fetches.length
  users.publish('u2')
  await waitUntil('the name is new', async () => (await readFeed())[1].includes('renamed'))
  expect(posts.fetches).toHaveLength(rootFetches)
  expect(users.fetches.at(-1)?.variables['representations']).toEqual([{ __typename: 'User', id: 'u2' }])
})

it('stores neither private data nor errors', async () => {
  for (const query of ['{ drafts { title } }', '{ posts { author { isFollowed } } }', '{ broken }']) {
    await community.send(query)
    await community.warmUp('{ posts { id } }')
    const fetches = community.countFetches()
    for (let n = 0; n < 3; n++) expect(await readCacheStatus(community, query)).not.toBe('Agora; hit')
    expect(community.countFetches()).toBe(fetches + 3)
  }
})

it.each([
  ['no-store', { 'cache-control': 'public, no-store, max-age=60' }],
  ['private', { 'cache-control': 'private, max-age=60' }],
  ['no directive public', { 'cache-control': 'max-age=60' }],
  ['an age of 0', { 'cache-control': 'public, max-age=0' }],
  ['an invalid age', { 'cache-control': 'public, max-age=often' }],
  ['an age that has passed in another cache', { 'cache-control': 'public, max-age=60', age: '60' }],
  ['no Cache-Control', { 'cache-control': undefined }],
  ['a cookie', { 'set-cookie': 'a=b' }],
  ['Vary: *', { vary: 'Accept, *' }],
  ['an empty Cache-Tag', { 'cache-tag': '' }],
])('does not store a response with %s', async (_what, headers) => {
  await community.warmUp('{ posts { id } }')
  community.posts.headers = headers
  for (let n = 0; n < 3; n++)
    expect(await readCacheStatus(community, '{ post(id: "p1") { title } }')).toBe('Agora; fwd=miss')
})

it('does not store entities whose groups of tags are not as many as they are', async () => {
  await community.warmUp('{ posts { id } }')
  community.users.headers = { 'cache-tag': 'u1;u2' }
  await community.warmUp('{ posts { id } }')
  const query = '{ posts { id author { name } } }'
  expect(await readCacheStatus(community, query)).toBe('Agora; fwd=miss')
  for (let n = 0; n < 3; n++) expect(await readCacheStatus(community, query)).toBe('Agora; fwd=partial')
})

it('lets data expire, and uses max-age alone for responses without Cache-Tag', async () => {
  community.posts.setStream('absent')
  community.posts.headers = { 'cache-control': 'public, max-age=4', 'cache-tag': undefined }
  await community.send('{ clock }')
  expect(await readCacheStatus(community, '{ clock }')).toBe('Agora; hit')
  await waitUntil(
    'it has expired',
    async () => (await readCacheStatus(community, '{ clock }')) === 'Agora; fwd=miss',
  )
})

it('never stores data with tags of a subgraph without a stream of invalidations', async () => {
  community.posts.setStream('absent')
  for (let n = 0; n < 4; n++)
    expect(await readCacheStatus(community, '{ posts { id } }')).toBe('Agora; fwd=miss')
})

it('keeps apart documents, variables and texts that differ in their encoding only', async () => {
  const query = 'query ($id: ID!) { post(id: $id) { title } }'
  const { data } = community
  data.posts.set('é', { id: 'é', title: 'one character', authorId: 'u1' })
  data.posts.set('Ã©', { id: 'Ã©', title: 'two characters', authorId: 'u1' })
  const read = async (id: string) => (await community.send(query, { variables: { id } })).data.post?.title
  community.posts.headers = { 'cache-tag': 'posts' }
  for (let n = 0; n < 6; n++) {
    expect(await read('é')).toBe('one character')
    expect(await read('Ã©')).toBe('two characters')
    expect(await read('p1')).toBe('post 1 – ü')
    expect(await read('none')).toBeUndefined()
  }
})
