import { subgraphUnavailable } from '../../../packages/platform/errors'
import { newId } from '../../../schema/ids'
import type { Viewer } from '../../../packages/auth/viewer'
import { withoutOutbox } from '../../support/outbox'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { startPostsWithFakePeers, findStoredPost, publishEvent, type FakePeers } from './peers'
import { countStoredPosts, readSingleError, makePost, mutate, type TestPosts } from './support'

let posts: TestPosts
let peers: FakePeers
beforeAll(async () => {
  ;({ posts, peers } = await startPostsWithFakePeers())
})
beforeEach(() => {
  peers.onEventQuery = async () => {
    throw subgraphUnavailable('events')
  }
})
afterAll(() => posts.close())

const projection = () => posts.connection.collection<{ _id: string; facts?: unknown }>('known_events')
const findProjected = (id: string) => projection().findOne({ _id: id })
const waitUntilProjected = (id: string, facts: object | null) =>
  waitUntil(
    `${id} is projected`,
    async () => JSON.stringify((await findProjected(id))?.facts) === JSON.stringify(facts),
  )

async function projectEvent(
  status: string,
  organizerId: string | null = null,
  wasPublished = status === 'PUBLISHED',
): Promise<string> {
  const id = newId('Event')
  const facts = { status, wasPublished, organizerId }
  await publishEvent(posts, 'event.created', id, facts)
  await waitUntilProjected(id, facts)
  return id
}

async function readOutcome(eventId: string, viewer: Viewer): Promise<unknown> {
  const { payload, response } = await mutate(posts, 'createPost', { title: 'T', body: 'B', eventId }, viewer)
  if (!payload) return readSingleError(response).code
  return payload.userErrors[0]?.code ?? payload.post.event.id
}

const sortTokens = (post: Awaited<ReturnType<typeof findStoredPost>>) => {
  const search = post?.['search'] as { tokens: string[] } | undefined
  return { ...post, search: { ...search, tokens: [...(search?.tokens ?? [])].sort() } }
}

const findEventId = async (id: string) => (await findStoredPost(posts, id))?.['eventId']

describe('while the events subgraph is down', () => {
  it.each(['PUBLISHED', 'CANCELLED'])(
    'accepts an event that is projected as %s after its publication',
    async (status) => {
      const id = await projectEvent(status, null, true)
      expect(await readOutcome(id, createViewer())).toBe(id)
    },
  )

  it('accepts a projected draft event of the author, and any for an administrator', async () => {
    const organizer = createViewer()
    for (const status of ['DRAFT', 'CANCELLED']) {
      const id = await projectEvent(status, organizer.id)
      expect(await readOutcome(id, organizer)).toBe(id)
      expect(await readOutcome(id, createViewer('ADMIN'))).toBe(id)
    }
  })

  it('rejects draft events of others and events that are not projected, since only the events subgraph can decide', async () => {
    const draft = await projectEvent('DRAFT', newId('User'))
    const cancelled = await projectEvent('CANCELLED', newId('User'))
    const eventOfEarlierVersion = newId('Event')
    await publishEvent(posts, 'event.cancelled', eventOfEarlierVersion, {
      status: 'CANCELLED',
      organizerId: null,
    })
    await waitUntilProjected(eventOfEarlierVersion, { status: 'CANCELLED', organizerId: null })
    for (const eventId of [draft, cancelled, eventOfEarlierVersion, newId('Event')]) {
      expect(await readOutcome(eventId, createViewer('MODERATOR'))).toBe('SUBGRAPH_UNAVAILABLE')
    }
  })
})

it('asks the events subgraph about a projected draft event, which may have been published since', async () => {
  const id = await projectEvent('DRAFT', newId('User'))
  peers.onEventQuery = async () => true
  expect(await readOutcome(id, createViewer())).toBe(id)
  peers.onEventQuery = async () => false
  expect(await readOutcome(id, createViewer())).toBe('NOT_FOUND')
})

describe('a deleted event', () => {
  it('is not found, and is removed from the posts about it', async () => {
    const author = createViewer()
    const id = await projectEvent('PUBLISHED')
    const post = makePost({ authorId: author.id, eventId: id })
    await posts.seed([post])
    await publishEvent(posts, 'event.deleted', id, {}, 2)
    await waitUntil('the event is removed from the post', async () => (await findEventId(post.id)) === null)
    expect(await findStoredPost(posts, post.id)).toMatchObject({
      title: post.title,
      updatedAt: post.updatedAt,
    })
    expect(await readOutcome(id, createViewer('ADMIN'))).toBe('NOT_FOUND')
    // Redelivers an older event.
    await publishEvent(posts, 'event.created', id, { status: 'PUBLISHED', organizerId: null })
    await projectEvent('PUBLISHED')
    expect(await findProjected(id)).toMatchObject({ facts: null })
  })

  it('is removed from posts by a redelivered event, as after a crash before the cascade', async () => {
    const id = await projectEvent('PUBLISHED')
    const post = makePost({ eventId: id })
    await posts.seed([post])
    await projection().updateOne({ _id: id }, { $set: { facts: null, sequence: 2 } })
    await publishEvent(posts, 'event.deleted', id, {}, 2)
    await waitUntil('the event is removed from the post', async () => (await findEventId(post.id)) === null)
  })

  it('is removed from a post that was stored after the cascade when the cascade is repeated', async () => {
    const id = await projectEvent('PUBLISHED')
    const post = makePost({ eventId: id })
    await posts.seed([post])
    await projection().updateOne({ _id: id }, { $set: { facts: null, sequence: 2, followUpAt: new Date(0) } })
    await waitUntil('the event is removed from the post', async () => (await findEventId(post.id)) === null)
  })

  it('rejects the creation or update of a post during which it is deleted, and changes nothing', async () => {
    const author = createViewer()
    const post = makePost({ authorId: author.id })
    await posts.seed([post])
    const before = await findStoredPost(posts, post.id)
    const stored = await countStoredPosts(posts)
    const deleteDuring = async (write: (eventId: string) => ReturnType<typeof mutate>) => {
      const eventId = newId('Event')
      peers.onEventQuery = async () => {
        await publishEvent(posts, 'event.deleted', eventId)
        await waitUntilProjected(eventId, null)
        return true
      }
      const { payload } = await write(eventId)
      expect(payload).toMatchObject({ post: null, userErrors: [{ code: 'NOT_FOUND', field: ['eventId'] }] })
    }
    const content = { title: 'New', body: 'New', tags: ['new'] }
    await deleteDuring((eventId) =>
      mutate(posts, 'createPost', { ...content, publish: true, eventId }, author),
    )
    await deleteDuring((eventId) =>
      mutate(posts, 'updatePost', { ...content, postId: post.id, eventId }, author),
    )
    expect(await countStoredPosts(posts)).toBe(stored)
    // An update computes the set of tokens, whose order is not defined. The events of both writes are published.
    const after = sortTokens(await findStoredPost(posts, post.id))
    expect(withoutOutbox(after)).toEqual({ ...sortTokens(before), eventSequence: 2 })
  })
})

it('projects all events in a rebuild, and deletes those that the events subgraph does not have', async () => {
  const [deleted, existing] = [await projectEvent('PUBLISHED'), newId('Event')]
  const facts = { status: 'CANCELLED', wasPublished: true, organizerId: null }
  const post = makePost({ eventId: deleted })
  await posts.seed([post])
  peers.events.set(existing, { sequence: 5, ...facts })
  await publishEvent(posts, 'feed.rebuild', 'events')
  await waitUntilProjected(existing, facts)
  await waitUntil('the event is removed from the post', async () => (await findEventId(post.id)) === null)
  expect(await findProjected(deleted)).toMatchObject({ facts: null })

  await projection().deleteMany({})
  await publishEvent(posts, 'feed.rebuild', 'events')
  await waitUntilProjected(existing, facts)
  expect(await readOutcome(existing, createViewer())).toBe(existing)
})

it('removes references to events that were deleted before a lost projection contained them', async () => {
  const [deleted, existing] = [newId('Event'), newId('Event')]
  const [orphan, post] = [makePost({ eventId: deleted }), makePost({ eventId: existing })]
  await posts.seed([orphan, post])
  peers.events.set(existing, { sequence: 1, status: 'PUBLISHED', organizerId: null })
  await publishEvent(posts, 'feed.rebuild', 'events')
  await waitUntil('the event is removed from the post', async () => (await findEventId(orphan.id)) === null)
  expect(await findEventId(post.id)).toBe(existing)
})
