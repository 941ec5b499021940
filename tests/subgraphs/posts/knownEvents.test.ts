import { subgraphUnavailable } from '../../../subgraphs/shared/errors'
import { newId } from '../../../subgraphs/shared/ids'
import type { Viewer } from '../../../subgraphs/shared/viewer'
import { waitUntil } from '../../support/processes'
import { makeViewer } from '../../support/subgraph'
import { startWithOthers, storedPost, tell, type Others } from './others'
import { countStored, failure, makePost, mutate, type TestPosts } from './support'

let posts: TestPosts
let others: Others
beforeAll(async () => {
  ;({ posts, others } = await startWithOthers())
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
  await tell(posts, 'event.created', id, facts)
  await untilKnown(id, facts)
  return id
}

async function outcomeOf(eventId: string, viewer: Viewer): Promise<unknown> {
  const { payload, answer } = await mutate(posts, 'createPost', { title: 'T', body: 'B', eventId }, viewer)
  if (!payload) return failure(answer).code
  return payload.userErrors[0]?.code ?? payload.post.event.id
}

const eventIdOf = async (id: string) => (await storedPost(posts, id))?.['eventId']

describe('while events are down, a post can be about', () => {
  it.each(['PUBLISHED', 'CANCELLED'])(
    'any event that is known to be %s after its publication',
    async (status) => {
      const id = await makeKnown(status, null, true)
      expect(await outcomeOf(id, makeViewer())).toBe(id)
    },
  )

  it('a known draft of the author, and for an administrator any', async () => {
    const organizer = makeViewer()
    for (const status of ['DRAFT', 'CANCELLED']) {
      const id = await makeKnown(status, organizer.id)
      expect(await outcomeOf(id, organizer)).toBe(id)
      expect(await outcomeOf(id, makeViewer('ADMIN'))).toBe(id)
    }
  })

  it('but events must be asked for drafts of others, and for what is not known', async () => {
    const draft = await makeKnown('DRAFT', newId('User'))
    const cancelled = await makeKnown('CANCELLED', newId('User'))
    const heardOfEarlierVersion = newId('Event')
    await tell(posts, 'event.cancelled', heardOfEarlierVersion, { status: 'CANCELLED', organizerId: null })
    await untilKnown(heardOfEarlierVersion, { status: 'CANCELLED', organizerId: null })
    for (const eventId of [draft, cancelled, heardOfEarlierVersion, newId('Event')]) {
      expect(await outcomeOf(eventId, makeViewer('MODERATOR'))).toBe('SUBGRAPH_UNAVAILABLE')
    }
  })
})

it('a draft that events know to be published by now is found', async () => {
  const id = await makeKnown('DRAFT', newId('User'))
  others.whenAskedForEvent = async () => true
  expect(await outcomeOf(id, makeViewer())).toBe(id)
  others.whenAskedForEvent = async () => false
  expect(await outcomeOf(id, makeViewer())).toBe('NOT_FOUND')
})

describe('an event that goes', () => {
  it('is not there any more, and the posts about it are about none', async () => {
    const author = makeViewer()
    const id = await makeKnown('PUBLISHED')
    const post = makePost({ authorId: author.id, eventId: id })
    await posts.seed([post])
    await tell(posts, 'event.deleted', id, {}, 2)
    await waitUntil('the post is about nothing', async () => (await eventIdOf(post.id)) === null)
    expect(await storedPost(posts, post.id)).toMatchObject({ title: post.title, updatedAt: post.updatedAt })
    expect(await outcomeOf(id, makeViewer('ADMIN'))).toBe('NOT_FOUND')
    // What was told before comes again.
    await tell(posts, 'event.created', id, { status: 'PUBLISHED', organizerId: null })
    await makeKnown('PUBLISHED')
    expect(await known(id)).toMatchObject({ facts: null })
  })

  it('takes effect when it is told again, after a crash that came between', async () => {
    const id = await makeKnown('PUBLISHED')
    const post = makePost({ eventId: id })
    await posts.seed([post])
    await copies().updateOne({ _id: id }, { $set: { facts: null, sequence: 2 } })
    await tell(posts, 'event.deleted', id, {}, 2)
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
    const author = makeViewer()
    const post = makePost({ authorId: author.id })
    await posts.seed([post])
    const before = await storedPost(posts, post.id)
    const stored = await countStored(posts)
    const goes = async (write: (eventId: string) => ReturnType<typeof mutate>) => {
      const eventId = newId('Event')
      others.whenAskedForEvent = async () => {
        await tell(posts, 'event.deleted', eventId)
        await untilKnown(eventId, null)
        return true
      }
      const { payload } = await write(eventId)
      expect(payload).toMatchObject({ post: null, userErrors: [{ code: 'NOT_FOUND', field: ['eventId'] }] })
    }
    const content = { title: 'New', body: 'New', tags: ['new'] }
    await goes((eventId) => mutate(posts, 'createPost', { ...content, publish: true, eventId }, author))
    await goes((eventId) => mutate(posts, 'updatePost', { ...content, postId: post.id, eventId }, author))
    expect(await countStored(posts)).toBe(stored)
    expect(await storedPost(posts, post.id)).toEqual(before)
  })
})

it('a rebuild from nothing knows all events, and what they do not have any more is gone', async () => {
  const [gone, there] = [await makeKnown('PUBLISHED'), newId('Event')]
  const facts = { status: 'CANCELLED', wasPublished: true, organizerId: null }
  const post = makePost({ eventId: gone })
  await posts.seed([post])
  others.events.set(there, { sequence: 5, ...facts })
  await tell(posts, 'feed.rebuild', 'events')
  await untilKnown(there, facts)
  await waitUntil('the post is about nothing', async () => (await eventIdOf(post.id)) === null)
  expect(await known(gone)).toMatchObject({ facts: null })

  await copies().deleteMany({})
  await tell(posts, 'feed.rebuild', 'events')
  await untilKnown(there, facts)
  expect(await outcomeOf(there, makeViewer())).toBe(there)
})
