import {
  startCachedCommunity,
  type CachedCommunity,
} from '../../../support/federation-router/cachedSubgraphs'
import { createGate } from '../../../support/clientEndpoint'
import { waitUntil } from '../../../support/processes'

let community: CachedCommunity
beforeEach(async () => {
  community = await startCachedCommunity()
})
afterEach(() => community.close())

const post = '{ post(id: "p1") { title } }'
const list = '{ posts { id } }'
const other = '{ post(id: "other") { title } }'
const rename = () =>
  community.send('mutation ($id: ID!, $title: String!) { renamePost(id: $id, title: $title) { title } }', {
    variables: { id: 'p1', title: 'new' },
  })
const status = async (query: string) => (await community.send(query)).headers.get('cache-status')

/** Lets the stream deliver everything, and waits until the router has applied it. */
async function deliverEvents(): Promise<void> {
  await community.warmUp(other)
  community.posts.publish('other')
  community.posts.setStream('live')
  await waitUntil('the last event has arrived', async () => (await status(other)) !== 'Agora; hit')
}

it('of a mutation keeps the data that was fetched after the response', async () => {
  const { posts, send, warmUp } = community
  await warmUp(post)
  posts.setStream('behind')
  await rename()
  await warmUp(post)
  const gate = createGate()
  posts.gate = gate.opened
  const fetches = posts.fetches.length
  const slow = send(list)
  await waitUntil('the fetch has arrived', () => posts.fetches.length > fetches)
  posts.gate = undefined
  await deliverEvents()
  gate.open()
  await slow
  expect([await status(post), await status(list)]).toEqual(['Agora; hit', 'Agora; hit'])
})

it('removes data with tags that the response has not named', async () => {
  const { posts, warmUp } = community
  posts.mutationHeaders = { 'cache-invalidate': 'p1' }
  posts.setStream('behind')
  await warmUp(list)
  await rename()
  await warmUp(post)
  await warmUp(list)
  await deliverEvents()
  expect([await status(list), await status(post)]).toEqual(['Agora; fwd=miss', 'Agora; hit'])
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
  await rename()
  await warmUp(post)
  await deliverEvents()
  expect(await status(post)).toBe('Agora; fwd=miss')
})

it('removes data of the first fetches after a reset', async () => {
  const { posts, warmUp } = community
  await warmUp(post)
  posts.setStream('behind')
  await rename()
  posts.sendMessage('event: reset\nid: 0\ndata: {}\n\n')
  await warmUp(post)
  await deliverEvents()
  expect(await status(post)).toBe('Agora; fwd=miss')
})

it('removes data of other events with the same tags', async () => {
  const { data, posts, send, warmUp } = community
  await warmUp(post)
  posts.setStream('behind')
  await rename()
  await warmUp(post)
  const stored = data.posts.get('p1')
  if (stored) stored.title = 'newer'
  posts.publish('p1')
  await deliverEvents()
  expect((await send(post)).data.post.title).toBe('newer')
})
