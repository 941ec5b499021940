import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createEventsSubgraph } from '../../../subgraphs/events/subgraph'
import { createPeerClient } from '../../../packages/subgraph-kit/peers/peerClient'
import { unreachableUrl, createViewer, startSubgraph, type TestSubgraph } from '../../support/subgraph'
import {
  countStoredPosts,
  readSingleError,
  makePost,
  mutate,
  createUnknownId,
  startPosts,
  type TestPosts,
} from './support'

const organizer = createViewer()
const input = { title: 'T', body: 'B' }

describe('with the events subgraph, a post', () => {
  let events: TestSubgraph
  let posts: TestPosts
  let published: string
  let draft: string

  const createEvent = async (publish: boolean): Promise<string> => {
    const document = `mutation ($input: CreateEventInput!) { createEvent(input: $input) { event { id } } }`
    const event = { title: 'E', description: '', startsAt: '2099-01-01T00:00:00Z', timeZone: 'UTC', publish }
    return (await events.query(document, { input: event }, organizer)).createEvent.event.id
  }

  beforeAll(async () => {
    events = await startSubgraph((resources) =>
      createEventsSubgraph({ ...resources, users: createPeerClient({ name: 'users', url: unreachableUrl }) }),
    )
    posts = await startPosts({ events: createPeerClient({ name: 'events', url: events.url }) })
    published = await createEvent(true)
    draft = await createEvent(false)
  })
  afterAll(async () => {
    await posts.close()
    await events.close()
  })

  it('can be about an event that is visible to its author', async () => {
    const { payload } = await mutate(posts, 'createPost', { ...input, eventId: published }, createViewer())
    expect(payload.post.event).toEqual({ __typename: 'Event', id: published })
    const own = await mutate(posts, 'createPost', { ...input, eventId: draft }, organizer)
    expect(own.payload.post.event).toEqual({ __typename: 'Event', id: draft })
  })

  it('cannot be about an invisible or unknown event', async () => {
    const before = await countStoredPosts(posts)
    for (const eventId of [draft, createUnknownId('Event')]) {
      const { payload } = await mutate(posts, 'createPost', { ...input, eventId }, createViewer())
      expect(payload).toMatchObject({ post: null, userErrors: [{ code: 'NOT_FOUND', field: ['eventId'] }] })
    }
    expect(await countStoredPosts(posts)).toBe(before)
  })

  it('keeps its event in an update without checking it again', async () => {
    const author = createViewer()
    const unknown = createUnknownId('Event')
    const post = makePost({ authorId: author.id, eventId: unknown })
    await posts.seed([post])
    const update = (changes: object) => mutate(posts, 'updatePost', { postId: post.id, ...changes }, author)
    expect((await update({ eventId: unknown, title: 'New' })).payload.post).toMatchObject({
      title: 'New',
      event: { id: unknown },
    })
    expect((await update({ eventId: published })).payload.post.event).toMatchObject({ id: published })
    expect((await update({ eventId: unknown })).payload.userErrors).toMatchObject([
      { code: 'NOT_FOUND', field: ['eventId'] },
    ])
    expect((await update({ eventId: null })).payload.post.event).toBeNull()
  })
})

describe('when the events subgraph', () => {
  const failures: [string, string, Parameters<typeof createServer>[1]][] = [
    [
      'returns errors',
      'SUBGRAPH_UNAVAILABLE',
      (_, response) => response.end('{"data":{"event":null},"errors":[{}]}'),
    ],
    ['returns an invalid response', 'SUBGRAPH_UNAVAILABLE', (_, response) => response.end('<html>')],
    ['does not respond', 'SUBGRAPH_TIMEOUT', () => undefined],
  ]
  it.each(failures)('%s, mutations fail with %s and store nothing', async (_, code, listener) => {
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const events = createPeerClient({
      name: 'events',
      url: `http://127.0.0.1:${port}/graphql`,
      ...(code === 'SUBGRAPH_TIMEOUT' && { timeoutMs: 200 }),
    })
    const posts = await startPosts({ events })
    try {
      await expectMutationsToFail(posts, code)
    } finally {
      server.closeAllConnections()
      server.close()
      await posts.close()
    }
  })

  it('is down, mutations fail with SUBGRAPH_UNAVAILABLE and store nothing', async () => {
    const posts = await startPosts()
    await expectMutationsToFail(posts, 'SUBGRAPH_UNAVAILABLE')
    const { payload } = await mutate(posts, 'createPost', input, organizer)
    expect(payload.userErrors).toEqual([])
    await posts.close()
  })

  async function expectMutationsToFail(posts: TestPosts, code: string) {
    const post = makePost({ authorId: organizer.id })
    await posts.seed([post])
    const eventId = createUnknownId('Event')
    const created = await mutate(posts, 'createPost', { ...input, eventId }, organizer)
    expect(readSingleError(created.response)).toMatchObject({ code, path: ['createPost'] })
    const updated = await mutate(posts, 'updatePost', { postId: post.id, title: 'New', eventId }, organizer)
    expect(readSingleError(updated.response)).toMatchObject({ code, path: ['updatePost'] })
    expect(await countStoredPosts(posts)).toBe(1)
    const { post: stored } = await posts.query('query ($id: ID!) { post(id: $id) { title } }', {
      id: post.id,
    })
    expect(stored.title).toBe(post.title)
  }
})
