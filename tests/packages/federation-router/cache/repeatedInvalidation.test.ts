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

let community: CachedCommunity
beforeEach(async () => {
  community = await startCachedCommunity()
})
afterEach(() => community.close())

const list = '{ posts { id } }'
const other = '{ post(id: "other") { title } }'

/** Lets the stream deliver everything, and waits until the router has applied it. */
async function deliverEvents(): Promise<void> {
  await community.warmUp(other)
  community.posts.publish('other')
  community.posts.setStream('live')
  await waitUntil(
    'the last event has arrived',
    async () => (await readCacheStatus(community, other)) !== 'Agora; hit',
  )
}

it('of a mutation keeps the data that was fetched after the response', async () => {
  const { posts, warmUp } = community
  await warmUp(post)
  posts.setStream('behind')
  await renamePost(community)
  await warmUp(post)
  const slow = await startSlowRead(community, list)
  await deliverEvents()
  slow.respond()
  await slow.response
  expect([await readCacheStatus(community, post), await readCacheStatus(community, list)]).toEqual([
    'Agora; hit',
    'Agora; hit',
  ])
})

it('removes data with tags that the response has not named', async () => {
  const { posts, warmUp } = community
  posts.mutationHeaders = { 'cache-invalidate': 'p1' }
  posts.setStream('behind')
  await warmUp(list)
  await renamePost(community)
  await warmUp(post)
  await warmUp(list)
  await deliverEvents()
  expect([await readCacheStatus(community, list), await readCacheStatus(community, post)]).toEqual([
    'Agora; fwd=miss',
    'Agora; hit',
  ])
})

it.each([
  ['of another event', { 'cache-position': 'never-delivered' }],
  ['of another event with all tags', { 'cache-position': 'never-delivered', 'cache-invalidate': '*' }],
  ['without a position', { 'cache-position': '' }],
])('removes data after a response %s', async (_what, headers) => {
  const { posts, warmUp } = community
  posts.mutationHeaders = headers
  await warmUp(post)
  posts.setStream('behind')
  await renamePost(community)
  await warmUp(post)
  await deliverEvents()
  expect(await readCacheStatus(community, post)).toBe('Agora; fwd=miss')
})

it('removes data of the first fetches after a reset', async () => {
  const { posts, warmUp } = community
  await warmUp(post)
  posts.setStream('behind')
  await renamePost(community)
  posts.sendMessage('event: reset\nid: 0\ndata: {}\n\n')
  await warmUp(post)
  await deliverEvents()
  expect(await readCacheStatus(community, post)).toBe('Agora; fwd=miss')
})

it('removes data of other events with the same tags', async () => {
  const { posts, warmUp } = community
  await warmUp(post)
  posts.setStream('behind')
  await renamePost(community)
  await warmUp(post)
  changeTitle(community, 'newer')
  posts.publish('p1')
  await deliverEvents()
  expect(await readTitle(community)).toBe('newer')
})
