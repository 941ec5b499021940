import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { newId } from '../../../schema/ids'
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
let peers: FakePeers
const published: DomainEvent[] = []
const stop = new AbortController()
beforeAll(async () => {
  ;({ posts, peers } = await startPostsWithFakePeers())
  const deliveries = await posts.eventLog.subscribe('posts', { signal: stop.signal })
  void (async () => {
    for await (const { event } of deliveries) published.push(event)
  })().catch(() => undefined)
})
afterAll(async () => {
  stop.abort()
  await posts.close()
})

const deletedUsers = () => posts.connection.collection<{ _id: string }>('gone_users')
const waitUntilTracked = (id: string) =>
  waitUntil(
    `the deletion of ${id} is tracked`,
    async () => (await deletedUsers().findOne({ _id: id })) !== null,
  )
const waitUntilAuthorless = (id: string) =>
  waitUntil(`${id} has no author`, async () => (await findStoredPost(posts, id))?.['authorId'] === null)

const seedPostAndDraft = async (authorId: string) => {
  const [post, draft] = [makePost({ authorId }), makeDraft(authorId)]
  await posts.seed([post, draft])
  return { post, draft }
}

it('keeps the published posts of a deleted user without an author, and deletes the drafts', async () => {
  const author = createViewer()
  const { post, draft } = await seedPostAndDraft(author.id)
  await publishEvent(posts, 'user.deleted', author.id)
  await waitUntilAuthorless(post.id)
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
  const listEvents = (id: string) => published.filter(({ entity }) => entity === id)
  await waitUntil(
    'both events are published',
    () => listEvents(post.id).length + listEvents(draft.id).length === 2,
  )
  expect(listEvents(post.id)).toMatchObject([
    { type: 'post.changed', sequence: 1, data: { status: 'PUBLISHED', authorId: null } },
  ])
  expect(listEvents(draft.id)).toMatchObject([{ type: 'post.purged', sequence: 1, data: {} }])
})

it('publishes an event for each of 1,100 posts of a deleted user', async () => {
  const authorId = newId('User')
  const many = Array.from({ length: 1100 }, () => makePost({ authorId }))
  await posts.seed(many)
  await publishEvent(posts, 'user.deleted', authorId)
  const ids = new Set(many.map(({ id }) => id))
  await waitUntil(
    'all events are published',
    () => published.filter(({ entity }) => ids.has(entity)).length >= 1100,
  )
  expect(new Set(published.filter(({ entity }) => ids.has(entity)).map(({ id }) => id)).size).toBe(1100)
})

it('rejects every mutation of a deleted user', async () => {
  const author = createViewer('MODERATOR')
  await deletedUsers().insertOne({ _id: author.id, ...{ sequence: 1, facts: null } })
  const { post, draft } = await seedPostAndDraft(author.id)
  const stored = await countStoredPosts(posts)
  const attempts = [
    ['createPost', { title: 'T', body: 'B' }],
    ['updatePost', { postId: post.id, title: 'New' }],
    ['publishPost', { postId: draft.id }],
    ['deletePost', { postId: makePost().id }],
  ] as const
  for (const [name, input] of attempts) {
    const { response } = await mutate(posts, name, input, author)
    expect(readSingleError(response)).toMatchObject({ code: 'UNAUTHENTICATED', path: [name] })
    expect(response.errors?.[0]?.message).toBe('This account no longer exists.')
  }
  expect(await countStoredPosts(posts)).toBe(stored)
  expect(await findStoredPost(posts, draft.id)).toMatchObject({ status: 'DRAFT' })
})

it('stores no post of a user who is deleted while it is created', async () => {
  const author = createViewer()
  const stored = await countStoredPosts(posts)
  peers.onEventQuery = async () => {
    await publishEvent(posts, 'user.deleted', author.id)
    await waitUntilTracked(author.id)
    return true
  }
  const input = { title: 'T', body: 'B', eventId: newId('Event'), publish: true }
  const { response } = await mutate(posts, 'createPost', input, author)
  expect(readSingleError(response)).toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(await countStoredPosts(posts)).toBe(stored)
})

it('deletes a post that a slow request stores after the cascade when the cascade is repeated', async () => {
  const author = createViewer()
  await publishEvent(posts, 'user.deleted', author.id, { requestedAt: '2030-01-01T12:00:01.000Z' })
  await waitUntilTracked(author.id)
  const before = makePost({ authorId: author.id, createdAt: new Date('2030-01-01T12:00:00Z') })
  const after = makePost({ authorId: author.id, createdAt: new Date('2030-01-01T12:00:01Z') })
  await posts.seed([before, after])
  await deletedUsers().updateOne({ _id: author.id }, { $set: { followUpAt: new Date(0) } })
  await waitUntilAuthorless(before.id)
  await waitUntil(
    'the post is deleted',
    async () => (await findStoredPost(posts, after.id))?.['deletedAt'] !== undefined,
  )
})

it('changes nothing when the author is deleted during an update', async () => {
  const author = createViewer()
  const { post } = await seedPostAndDraft(author.id)
  peers.onEventQuery = async () => {
    await publishEvent(posts, 'user.deleted', author.id)
    await waitUntilAuthorless(post.id)
    return true
  }
  const input = { postId: post.id, title: 'New', eventId: newId('Event') }
  const { response } = await mutate(posts, 'updatePost', input, author)
  expect(response.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  expect(await findStoredPost(posts, post.id)).toMatchObject({
    title: post.title,
    eventId: null,
    authorId: null,
  })
})

it('runs the cascade of a redelivered deletion, as after a crash before the cascade', async () => {
  const author = createViewer()
  const { post, draft } = await seedPostAndDraft(author.id)
  await deletedUsers().insertOne({ _id: author.id, ...{ sequence: 1, facts: null } })
  await publishEvent(posts, 'user.deleted', author.id)
  await waitUntilAuthorless(post.id)
  expect(await findStoredPost(posts, draft.id)).toMatchObject({ deletedAt: expect.any(Date) })
  const before = await findStoredPost(posts, post.id)
  await publishEvent(posts, 'user.deleted', author.id)
  const later = newId('User')
  await publishEvent(posts, 'user.deleted', later)
  await waitUntilTracked(later)
  await waitUntilPublished(posts)
  expect((await findStoredPost(posts, post.id))?.['eventSequence']).toBe(before?.['eventSequence'])
})

it('repeats the cascade later, for a post that a killed process has stored after it', async () => {
  const authorId = newId('User')
  const post = makePost({ authorId })
  await createRepositoryWithoutRelay(posts).insert(post)
  await deletedUsers().insertOne({ _id: authorId, ...{ sequence: 1, facts: null, followUpAt: new Date(0) } })
  await waitUntilAuthorless(post.id)
})

it('finds deleted authors in a rebuild', async () => {
  const [deleted, existing] = [newId('User'), newId('User')]
  const { post } = await seedPostAndDraft(deleted)
  const { post: other, draft: otherDraft } = await seedPostAndDraft(existing)
  await deletedUsers().deleteMany({})
  peers.deletedUsers.add(deleted)
  await publishEvent(posts, 'feed.rebuild', 'users')
  await waitUntilAuthorless(post.id)
  await waitUntilTracked(deleted)
  expect(await findStoredPost(posts, other.id)).toMatchObject({ authorId: existing })
  expect(await findStoredPost(posts, otherDraft.id)).toMatchObject({ status: 'DRAFT' })
  expect(await deletedUsers().findOne({ _id: existing })).toBeNull()
})
