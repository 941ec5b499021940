import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { newId } from '../../../packages/platform/ids/ids'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import {
  startPostsWithFakePeers,
  findStoredPost,
  publishEvent,
  createRepositoryWithoutRelay,
  type FakePeers,
} from './peers'
import {
  countStoredPosts,
  makeDraft,
  readSingleError,
  makePost,
  mutate,
  waitUntilPublished,
  type TestPosts,
} from './support'

let posts: TestPosts
let others: FakePeers
const told: DomainEvent[] = []
const stop = new AbortController()
beforeAll(async () => {
  ;({ posts, others } = await startPostsWithFakePeers())
  const deliveries = await posts.eventLog.subscribe('posts', { signal: stop.signal })
  void (async () => {
    for await (const { event } of deliveries) told.push(event)
  })().catch(() => undefined)
})
afterAll(async () => {
  stop.abort()
  await posts.close()
})

const copies = () => posts.connection.collection<{ _id: string }>('gone_users')
const untilGone = (id: string) =>
  waitUntil(`${id} is known to be gone`, async () => (await copies().findOne({ _id: id })) !== null)
const untilAnonymous = (id: string) =>
  waitUntil(`${id} has no author`, async () => (await findStoredPost(posts, id))?.['authorId'] === null)

const postAndDraft = async (authorId: string) => {
  const [post, draft] = [makePost({ authorId }), makeDraft(authorId)]
  await posts.seed([post, draft])
  return { post, draft }
}

it('what somebody published stays without an author, and their drafts go', async () => {
  const author = createViewer()
  const { post, draft } = await postAndDraft(author.id)
  await publishEvent(posts, 'user.deleted', author.id)
  await untilAnonymous(post.id)
  const document = `query ($id: ID!, $draft: ID!, $of: [_Any!]!) {
    post(id: $id) { title author { id } viewerCanUpdate updatedAt }
    draft: post(id: $draft) { id }
    _entities(representations: $of) { ... on User { posts { totalCount } } }
  }`
  const of = [{ __typename: 'User', id: author.id }]
  expect(await posts.query(document, { id: post.id, draft: draft.id, of }, author)).toEqual({
    post: {
      title: post.title,
      author: null,
      viewerCanUpdate: false,
      updatedAt: post.updatedAt.toISOString(),
    },
    draft: null,
    _entities: [{ posts: { totalCount: 0 } }],
  })
  await waitUntilPublished(posts)
  const toldOf = (id: string) => told.filter(({ entity }) => entity === id)
  await waitUntil('both are told', () => toldOf(post.id).length + toldOf(draft.id).length === 2)
  expect(toldOf(post.id)).toMatchObject([
    { type: 'post.changed', sequence: 1, data: { status: 'PUBLISHED', authorId: null } },
  ])
  expect(toldOf(draft.id)).toMatchObject([{ type: 'post.deleted', sequence: 1, data: {} }])
})

it('thousands of posts of one author are each told of', async () => {
  const authorId = newId('User')
  const many = Array.from({ length: 1100 }, () => makePost({ authorId }))
  await posts.seed(many)
  await publishEvent(posts, 'user.deleted', authorId)
  const ids = new Set(many.map(({ id }) => id))
  await waitUntil('all are told', () => told.filter(({ entity }) => ids.has(entity)).length >= 1100, 25_000)
  expect(new Set(told.filter(({ entity }) => ids.has(entity)).map(({ id }) => id)).size).toBe(1100)
})

it('nothing is written in the name of an account that is gone', async () => {
  const author = createViewer('MODERATOR')
  await copies().insertOne({ _id: author.id, ...{ sequence: 1, facts: null } })
  const { post, draft } = await postAndDraft(author.id)
  const stored = await countStoredPosts(posts)
  const attempts = [
    ['createPost', { title: 'T', body: 'B' }],
    ['updatePost', { postId: post.id, title: 'New' }],
    ['publishPost', { postId: draft.id }],
    ['deletePost', { postId: makePost().id }],
  ] as const
  for (const [name, input] of attempts) {
    const { answer } = await mutate(posts, name, input, author)
    expect(readSingleError(answer)).toMatchObject({ code: 'UNAUTHENTICATED', path: [name] })
    expect(answer.errors?.[0]?.message).toBe('This account is gone.')
  }
  expect(await countStoredPosts(posts)).toBe(stored)
  expect(await findStoredPost(posts, draft.id)).toMatchObject({ status: 'DRAFT' })
})

it('an account that goes while it writes a post leaves none', async () => {
  const author = createViewer()
  const stored = await countStoredPosts(posts)
  others.whenAskedForEvent = async () => {
    await publishEvent(posts, 'user.deleted', author.id)
    await untilGone(author.id)
    return true
  }
  const input = { title: 'T', body: 'B', eventId: newId('Event'), publish: true }
  const { answer } = await mutate(posts, 'createPost', input, author)
  expect(readSingleError(answer)).toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(await countStoredPosts(posts)).toBe(stored)
})

it('a post that a slow request stores after the cascade is removed by the next one', async () => {
  const author = createViewer()
  await publishEvent(posts, 'user.deleted', author.id, { requestedAt: '2030-01-01T12:00:01.000Z' })
  await untilGone(author.id)
  const before = makePost({ authorId: author.id, createdAt: new Date('2030-01-01T12:00:00Z') })
  const after = makePost({ authorId: author.id, createdAt: new Date('2030-01-01T12:00:01Z') })
  await posts.seed([before, after])
  await copies().updateOne({ _id: author.id }, { $set: { followUpAt: new Date(0) } })
  await untilAnonymous(before.id)
  await waitUntil(
    'it is removed',
    async () => (await findStoredPost(posts, after.id))?.['deletedAt'] !== undefined,
  )
})

it('an update that meets the end of its author changes nothing', async () => {
  const author = createViewer()
  const { post } = await postAndDraft(author.id)
  others.whenAskedForEvent = async () => {
    await publishEvent(posts, 'user.deleted', author.id)
    await untilAnonymous(post.id)
    return true
  }
  const input = { postId: post.id, title: 'New', eventId: newId('Event') }
  const { payload } = await mutate(posts, 'updatePost', input, author)
  expect(payload).toMatchObject({ post: null, userErrors: [{ code: 'NOT_FOUND' }] })
  expect(await findStoredPost(posts, post.id)).toMatchObject({
    title: post.title,
    eventId: null,
    authorId: null,
  })
})

it('takes effect when it is told again, after a crash that came between', async () => {
  const author = createViewer()
  const { post, draft } = await postAndDraft(author.id)
  await copies().insertOne({ _id: author.id, ...{ sequence: 1, facts: null } })
  await publishEvent(posts, 'user.deleted', author.id)
  await untilAnonymous(post.id)
  expect(await findStoredPost(posts, draft.id)).toMatchObject({ deletedAt: expect.any(Date) })
  const before = await findStoredPost(posts, post.id)
  await publishEvent(posts, 'user.deleted', author.id)
  const later = newId('User')
  await publishEvent(posts, 'user.deleted', later)
  await untilGone(later)
  await waitUntilPublished(posts)
  expect((await findStoredPost(posts, post.id))?.['eventSequence']).toBe(before?.['eventSequence'])
})

it('is followed up later, for what was written meanwhile by a process that was killed', async () => {
  const authorId = newId('User')
  const post = makePost({ authorId })
  await createRepositoryWithoutRelay(posts).insert(post)
  await copies().insertOne({ _id: authorId, ...{ sequence: 1, facts: null, followUpAt: new Date(0) } })
  await untilAnonymous(post.id)
})

it('a rebuild finds the authors that are gone', async () => {
  const [gone, there] = [newId('User'), newId('User')]
  const { post } = await postAndDraft(gone)
  const { post: other, draft: otherDraft } = await postAndDraft(there)
  await copies().deleteMany({})
  others.goneUsers.add(gone)
  await publishEvent(posts, 'feed.rebuild', 'users')
  await untilAnonymous(post.id)
  await untilGone(gone)
  expect(await findStoredPost(posts, other.id)).toMatchObject({ authorId: there })
  expect(await findStoredPost(posts, otherDraft.id)).toMatchObject({ status: 'DRAFT' })
  expect(await copies().findOne({ _id: there })).toBeNull()
})
