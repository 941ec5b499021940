import { subgraphUnavailable } from '../../../packages/platform/errors'
import { newId } from '../../../packages/platform/ids/ids'
import type { Viewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { startPostsWithFakePeers, findStoredPost, publishEvent, type FakePeers } from './peers'
import { countStoredPosts, readSingleError, makePost, mutate, type TestPosts } from './support'

let posts: TestPosts
let others: FakePeers
beforeAll(async () => {
  ;({ posts, others } = await startPostsWithFakePeers())
})
beforeEach(() => {
  others.whenAskedForEvent = async () => {
    throw subgraphUnavailable('events')
  }
})
afterAll(() => posts.close())

const copies = () => posts.connection.collection<{ _id: string; facts?: unknown }>('known_events')
const known = (id: string) => copies().findOne({ _id: id })
const untilKnown = (id: string, facts: object | null) =>
  waitUntil(`${id} is known`, async () => JSON.stringify((await known(id))?.facts) === JSON.stringify(facts))

async function makeKnown(
  status: string,
  organizerId: string | null = null,
  wasPublished = status === 'PUBLISHED',
): Promise<string> {
  const id = newId('Event')
  const facts = { status, wasPublished, organizerId }
  await publishEvent(posts, 'event.created', id, facts)
  await untilKnown(id, facts)
  return id
}

async function outcomeOf(eventId: string, viewer: Viewer): Promise<unknown> {
  const { payload, answer } = await mutate(posts, 'createPost', { title: 'T', body: 'B', eventId }, viewer)
  if (!payload) return readSingleError(answer).code
  return payload.userErrors[0]?.code ?? payload.post.event.id
}

const eventIdOf = async (id: string) => (await findStoredPost(posts, id))?.['eventId']

describe('while events are down, a post can be about', () => {
  it.each(['PUBLISHED', 'CANCELLED'])(
    'any event that is known to be %s after its publication',
    async (status) => {
      const id = await makeKnown(status, null, true)
      expect(await outcomeOf(id, createViewer())).toBe(id)
    },
  )

  it('a known draft of the author, and for an administrator any', async () => {
    const organizer = createViewer()
    for (const status of ['DRAFT', 'CANCELLED']) {
      const id = await makeKnown(status, organizer.id)
      expect(await outcomeOf(id, organizer)).toBe(id)
      expect(await outcomeOf(id, createViewer('ADMIN'))).toBe(id)
    }
  })

  it('but events must be asked for drafts of others, and for what is not known', async () => {
    const draft = await makeKnown('DRAFT', newId('User'))
    const cancelled = await makeKnown('CANCELLED', newId('User'))
    const heardOfEarlierVersion = newId('Event')
    await publishEvent(posts, 'event.cancelled', heardOfEarlierVersion, {
      status: 'CANCELLED',
      organizerId: null,
    })
    await untilKnown(heardOfEarlierVersion, { status: 'CANCELLED', organizerId: null })
    for (const eventId of [draft, cancelled, heardOfEarlierVersion, newId('Event')]) {
      expect(await outcomeOf(eventId, createViewer('MODERATOR'))).toBe('SUBGRAPH_UNAVAILABLE')
    }
  })
})

it('a draft that events know to be published by now is found', async () => {
  const id = await makeKnown('DRAFT', newId('User'))
  others.whenAskedForEvent = async () => true
  expect(await outcomeOf(id, createViewer())).toBe(id)
  others.whenAskedForEvent = async () => false
  expect(await outcomeOf(id, createViewer())).toBe('NOT_FOUND')
})

describe('an event that goes', () => {
  it('is not there any more, and the posts about it are about none', async () => {
    const author = createViewer()
    const id = await makeKnown('PUBLISHED')
    const post = makePost({ authorId: author.id, eventId: id })
    await posts.seed([post])
    await publishEvent(posts, 'event.deleted', id, {}, 2)
    await waitUntil('the post is about nothing', async () => (await eventIdOf(post.id)) === null)
    expect(await findStoredPost(posts, post.id)).toMatchObject({
      title: post.title,
      updatedAt: post.updatedAt,
    })
    expect(await outcomeOf(id, createViewer('ADMIN'))).toBe('NOT_FOUND')
    // What was told before comes again.
    await publishEvent(posts, 'event.created', id, { status: 'PUBLISHED', organizerId: null })
    await makeKnown('PUBLISHED')
    expect(await known(id)).toMatchObject({ facts: null })
  })

  it('takes effect when it is told again, after a crash that came between', async () => {
    const id = await makeKnown('PUBLISHED')
    const post = makePost({ eventId: id })
    await posts.seed([post])
    await copies().updateOne({ _id: id }, { $set: { facts: null, sequence: 2 } })
    await publishEvent(posts, 'event.deleted', id, {}, 2)
    await waitUntil('the post is about nothing', async () => (await eventIdOf(post.id)) === null)
  })

  it('is followed up later, for what was written meanwhile', async () => {
    const id = await makeKnown('PUBLISHED')
    const post = makePost({ eventId: id })
    await posts.seed([post])
    await copies().updateOne({ _id: id }, { $set: { facts: null, sequence: 2, followUpAt: new Date(0) } })
    await waitUntil('the post is about nothing', async () => (await eventIdOf(post.id)) === null)
  })

  it('while a post about it is written: nothing is stored, and what was there is as it was', async () => {
    const author = createViewer()
    const post = makePost({ authorId: author.id })
    await posts.seed([post])
    const before = await findStoredPost(posts, post.id)
    const stored = await countStoredPosts(posts)
    const goes = async (write: (eventId: string) => ReturnType<typeof mutate>) => {
      const eventId = newId('Event')
      others.whenAskedForEvent = async () => {
        await publishEvent(posts, 'event.deleted', eventId)
        await untilKnown(eventId, null)
        return true
      }
      const { payload } = await write(eventId)
      expect(payload).toMatchObject({ post: null, userErrors: [{ code: 'NOT_FOUND', field: ['eventId'] }] })
    }
    const content = { title: 'New', body: 'New', tags: ['new'] }
    await goes((eventId) => mutate(posts, 'createPost', { ...content, publish: true, eventId }, author))
    await goes((eventId) => mutate(posts, 'updatePost', { ...content, postId: post.id, eventId }, author))
    expect(await countStoredPosts(posts)).toBe(stored)
    expect(await findStoredPost(posts, post.id)).toEqual(before)
  })
})

it('a rebuild from nothing knows all events, and what they do not have any more is gone', async () => {
  const [gone, there] = [await makeKnown('PUBLISHED'), newId('Event')]
  const facts = { status: 'CANCELLED', wasPublished: true, organizerId: null }
  const post = makePost({ eventId: gone })
  await posts.seed([post])
  others.events.set(there, { sequence: 5, ...facts })
  await publishEvent(posts, 'feed.rebuild', 'events')
  await untilKnown(there, facts)
  await waitUntil('the post is about nothing', async () => (await eventIdOf(post.id)) === null)
  expect(await known(gone)).toMatchObject({ facts: null })

  await copies().deleteMany({})
  await publishEvent(posts, 'feed.rebuild', 'events')
  await untilKnown(there, facts)
  expect(await outcomeOf(there, createViewer())).toBe(there)
})
