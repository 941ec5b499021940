import type { FeedEvent } from '../../../subgraphs/shared/feed/feed'
import { newId } from '../../../subgraphs/shared/ids'
import { waitUntil } from '../../support/processes'
import { makeViewer } from '../../support/subgraph'
import { startWithOthers, storedPost, tell, untoldRepository, type Others } from './others'
import { countStored, draftOf, failure, makePost, mutate, untilTold, type TestPosts } from './support'

let posts: TestPosts
let others: Others
const told: FeedEvent[] = []
const stop = new AbortController()
beforeAll(async () => {
  ;({ posts, others } = await startWithOthers())
  const deliveries = await posts.feed.follow('posts', { signal: stop.signal })
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
  waitUntil(`${id} has no author`, async () => (await storedPost(posts, id))?.['authorId'] === null)

const postAndDraft = async (authorId: string) => {
  const [post, draft] = [makePost({ authorId }), draftOf(authorId)]
  await posts.seed([post, draft])
  return { post, draft }
}

it('what somebody published stays without an author, and their drafts go', async () => {
  const author = makeViewer()
  const { post, draft } = await postAndDraft(author.id)
  await tell(posts, 'user.deleted', author.id)
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
  await untilTold(posts)
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
  await tell(posts, 'user.deleted', authorId)
  const ids = new Set(many.map(({ id }) => id))
  await waitUntil('all are told', () => told.filter(({ entity }) => ids.has(entity)).length >= 1100, 25_000)
  expect(new Set(told.filter(({ entity }) => ids.has(entity)).map(({ id }) => id)).size).toBe(1100)
})

it('nothing is written in the name of an account that is gone', async () => {
  const author = makeViewer('MODERATOR')
  await copies().insertOne({ _id: author.id, ...{ sequence: 1, facts: null } })
  const { post, draft } = await postAndDraft(author.id)
  const stored = await countStored(posts)
  const attempts = [
    ['createPost', { title: 'T', body: 'B' }],
    ['updatePost', { postId: post.id, title: 'New' }],
    ['publishPost', { postId: draft.id }],
    ['deletePost', { postId: makePost().id }],
  ] as const
  for (const [name, input] of attempts) {
    const { answer } = await mutate(posts, name, input, author)
    expect(failure(answer)).toMatchObject({ code: 'UNAUTHENTICATED', path: [name] })
    expect(answer.errors?.[0]?.message).toBe('This account is gone.')
  }
  expect(await countStored(posts)).toBe(stored)
  expect(await storedPost(posts, draft.id)).toMatchObject({ status: 'DRAFT' })
})

it('an account that goes while it writes a post leaves none', async () => {
  const author = makeViewer()
  const stored = await countStored(posts)
  others.whenAskedForEvent = async () => {
    await tell(posts, 'user.deleted', author.id)
    await untilGone(author.id)
    return true
  }
  const input = { title: 'T', body: 'B', eventId: newId('Event'), publish: true }
  const { answer } = await mutate(posts, 'createPost', input, author)
  expect(failure(answer)).toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(await countStored(posts)).toBe(stored)
})

it('a post that a slow request stores after the cascade is removed by the next one', async () => {
  const author = makeViewer()
  await tell(posts, 'user.deleted', author.id, { requestedAt: '2030-01-01T12:00:01.000Z' })
  await untilGone(author.id)
  const before = makePost({ authorId: author.id, createdAt: new Date('2030-01-01T12:00:00Z') })
  const after = makePost({ authorId: author.id, createdAt: new Date('2030-01-01T12:00:01Z') })
  await posts.seed([before, after])
  await copies().updateOne({ _id: author.id }, { $set: { followUpAt: new Date(0) } })
  await untilAnonymous(before.id)
  await waitUntil(
    'it is removed',
    async () => (await storedPost(posts, after.id))?.['deletedAt'] !== undefined,
  )
})

it('an update that meets the end of its author changes nothing', async () => {
  const author = makeViewer()
  const { post } = await postAndDraft(author.id)
  others.whenAskedForEvent = async () => {
    await tell(posts, 'user.deleted', author.id)
    await untilAnonymous(post.id)
    return true
  }
  const input = { postId: post.id, title: 'New', eventId: newId('Event') }
  const { payload } = await mutate(posts, 'updatePost', input, author)
  expect(payload).toMatchObject({ post: null, userErrors: [{ code: 'NOT_FOUND' }] })
  expect(await storedPost(posts, post.id)).toMatchObject({ title: post.title, eventId: null, authorId: null })
})

it('takes effect when it is told again, after a crash that came between', async () => {
  const author = makeViewer()
  const { post, draft } = await postAndDraft(author.id)
  await copies().insertOne({ _id: author.id, ...{ sequence: 1, facts: null } })
  await tell(posts, 'user.deleted', author.id)
  await untilAnonymous(post.id)
  expect(await storedPost(posts, draft.id)).toMatchObject({ deletedAt: expect.any(Date) })
  const before = await storedPost(posts, post.id)
  await tell(posts, 'user.deleted', author.id)
  const later = newId('User')
  await tell(posts, 'user.deleted', later)
  await untilGone(later)
  await untilTold(posts)
  expect((await storedPost(posts, post.id))?.['eventSequence']).toBe(before?.['eventSequence'])
})

it('is followed up later, for what was written meanwhile by a process that was killed', async () => {
  const authorId = newId('User')
  const post = makePost({ authorId })
  await untoldRepository(posts).insert(post)
  await copies().insertOne({ _id: authorId, ...{ sequence: 1, facts: null, followUpAt: new Date(0) } })
  await untilAnonymous(post.id)
})

it('a rebuild finds the authors that are gone', async () => {
  const [gone, there] = [newId('User'), newId('User')]
  const { post } = await postAndDraft(gone)
  const { post: other, draft: otherDraft } = await postAndDraft(there)
  await copies().deleteMany({})
  others.goneUsers.add(gone)
  await tell(posts, 'feed.rebuild', 'users')
  await untilAnonymous(post.id)
  await untilGone(gone)
  expect(await storedPost(posts, other.id)).toMatchObject({ authorId: there })
  expect(await storedPost(posts, otherDraft.id)).toMatchObject({ status: 'DRAFT' })
  expect(await copies().findOne({ _id: there })).toBeNull()
})
