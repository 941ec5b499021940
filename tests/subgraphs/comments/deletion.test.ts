import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { newId } from '../../../schema/ids'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { makePost, startPosts, type TestPosts } from '../posts/support'
import { makeEvent } from './peers'
import { startComments, type TestComments } from './support'

const dayMs = 24 * 60 * 60 * 1000
let clock = new Date('2030-03-01T00:00:00Z')
let posts: TestPosts
let comments: TestComments
beforeAll(async () => {
  posts = await startPosts({ now: () => clock })
  comments = await startComments({ postsUrl: posts.url, now: () => clock })
})
afterAll(async () => {
  await comments.close()
  await posts.close()
})

const author = createViewer()
const moderator = createViewer('MODERATOR')
const service = { kind: 'service', name: 'users' } as const
const change = (name: string, commentId: string, viewer: Viewer, more = '') =>
  comments.query(
    `mutation { ${name}(input: { commentId: "${commentId}" ${more} }) { userErrors { code field } } }`,
    {},
    viewer,
  )
const read = async (id: string, viewer: Viewer = anonymous) =>
  (await comments.query(`{ comment(id: "${id}") { body status removedBy author { id } } }`, {}, viewer))
    .comment

async function seedComment(overrides = {}): Promise<string> {
  const [comment] = await comments.seed({ authorId: author.id, body: 'Said', ...overrides })
  return comment?.id ?? ''
}

describe('a deleted comment', () => {
  it.each([
    ['deleted by its author', author, 'AUTHOR', false],
    ['hidden, and then deleted by its author', author, 'AUTHOR', true],
    ['removed by a moderator', moderator, 'MODERATOR', false],
  ] as const)(
    'that was %s is readable for moderators for 90 days',
    async (_, viewer, removedBy, isHidden) => {
      const id = await seedComment()
      if (isHidden) await change('hideComment', id, moderator)
      await change('deleteComment', id, viewer)
      const readers = [anonymous, createViewer(), author, moderator, createViewer('ADMIN')]
      for (const [index, reader] of readers.entries()) {
        const isModerator = index >= 3
        expect(await read(id, reader)).toEqual({
          body: isModerator ? 'Said' : null,
          author: isModerator ? { id: author.id } : null,
          status: 'DELETED',
          removedBy,
        })
      }
      const start = clock
      const stored = comments.connection.collection<{ _id: string }>('comments')
      const kept = await seedComment()
      await change('deleteComment', kept, viewer)
      await stored.updateOne({ _id: kept }, { $set: { eraseAt: new Date(start.getTime() + 91 * dayMs) } })
      clock = new Date(start.getTime() + 90 * dayMs)
      const later = await startComments({
        postsUrl: posts.url,
        database: comments.connection.name,
        now: () => clock,
      })
      try {
        await waitUntil('the text is erased', async () => (await comments.findStored(id))?.['body'] === null)
      } finally {
        clock = start
        await later.close()
      }
      expect(JSON.stringify(await comments.findStored(id))).not.toContain(author.id)
      expect(await read(id, moderator)).toEqual({ body: null, author: null, status: 'DELETED', removedBy })
      expect(await read(kept, moderator)).toMatchObject({ body: 'Said' })
    },
  )

  it('takes no reply, also from a moderator who can read it', async () => {
    const post = makePost()
    await posts.seed([post])
    const parentId = await seedComment({ postId: post.id })
    await change('deleteComment', parentId, moderator)
    const reply = `mutation { addComment(input: { postId: "${post.id}", parentId: "${parentId}", body: "B" }) { userErrors { code } } }`
    expect((await comments.query(reply, {}, moderator)).addComment.userErrors).toEqual([{ code: 'CONFLICT' }])
  })

  it('keeps the reason of a moderator in its domain event, at most 500 characters', async () => {
    const id = await seedComment()
    const { hideComment } = await change('hideComment', id, moderator, `, reason: "${'a'.repeat(501)}"`)
    expect(hideComment.userErrors).toEqual([{ code: 'TOO_LONG', field: ['reason'] }])
    const stop = new AbortController()
    const deliveries = await comments.eventLog.subscribe('comments', { signal: stop.signal })
    await change('hideComment', id, moderator, ', reason: "Rude"')
    await change('deleteComment', id, author, ', reason: "Ignored"')
    const found: unknown[] = []
    for await (const { event } of deliveries) {
      if (event.entity === id) found.push(event.data)
      if (found.length === 2) break
    }
    stop.abort()
    const by = { authorId: author.id }
    expect(found).toMatchObject([
      { ...by, moderatorId: moderator.id, reason: 'Rude' },
      { ...by, removedBy: 'AUTHOR' },
    ])
    expect(JSON.stringify(found)).not.toContain('Ignored')
  })
})

/** Publishes an event of a post of the posts subgraph, as its relay does. */
const publish = (type: string, postId: string, sequence: number, data: object = {}) =>
  comments.eventLog.publish('posts', [makeEvent(type, postId, sequence, { ...data })])

const isHidden = async (id: string) => (await comments.findStored(id))?.['underDraft'] === true
const listed = async (userId: string, viewer: Viewer = anonymous) =>
  (await comments.fetchEntity('User', userId, 'comments { totalCount nodes { id } }', viewer)).comments

describe('the comments of a deleted post', () => {
  const postAct = (name: string, postId: string, viewer: Viewer) =>
    posts.query(`mutation { ${name}(input: { postId: "${postId}" }) { userErrors { code } } }`, {}, viewer)

  it('are hidden from readers and lists, come back with it, and are deleted once it is removed permanently', async () => {
    const post = makePost({ authorId: author.id })
    await posts.seed([post])
    const commenter = createViewer()
    const id = await seedComment({ postId: post.id, authorId: commenter.id })
    await postAct('deletePost', post.id, moderator)
    const deletion = { removedBy: 'MODERATOR', authorId: author.id, moderatorId: moderator.id }
    await publish('post.deleted', post.id, 2, deletion)
    await waitUntil('the comment is hidden', () => isHidden(id))
    for (const viewer of [anonymous, createViewer(), commenter]) expect(await read(id, viewer)).toBeNull()
    // Those who see the post see its comments.
    for (const viewer of [author, moderator]) expect(await read(id, viewer)).toMatchObject({ body: 'Said' })
    for (const viewer of [anonymous, commenter, moderator])
      expect(await listed(commenter.id, viewer)).toEqual({ totalCount: 0, nodes: [] })
    for (const viewer of [commenter, author, moderator]) {
      const add = `mutation { addComment(input: { postId: "${post.id}", body: "B" }) { userErrors { code } } }`
      expect((await comments.query(add, {}, viewer)).addComment.userErrors).toEqual([{ code: 'NOT_FOUND' }])
    }

    await postAct('restorePost', post.id, moderator)
    await publish('post.restored', post.id, 3, { status: 'PUBLISHED', authorId: author.id })
    await waitUntil('the comment is shown', async () => !(await isHidden(id)))
    expect(await read(id)).toMatchObject({ body: 'Said' })
    expect(await listed(commenter.id)).toEqual({ totalCount: 1, nodes: [{ id }] })

    await publish('post.deleted', post.id, 4, deletion)
    await publish('post.purged', post.id, 5)
    await waitUntil('the comment is deleted', async () => (await comments.findStored(id)) === undefined)
  })

  it('stay hidden after a rebuild, and those of a restored post are shown again', async () => {
    const [deleted, restored] = [makePost({ authorId: author.id }), makePost({ authorId: author.id })]
    await posts.seed([deleted, restored])
    const id = await seedComment({ postId: deleted.id })
    const shown = await seedComment({ postId: restored.id })
    await postAct('deletePost', deleted.id, author)
    await publish('post.deleted', restored.id, 1, { removedBy: 'AUTHOR', authorId: author.id })
    await waitUntil('the comment is hidden', () => isHidden(shown))
    await publish('feed.rebuild', newId('Post'), 1)
    await waitUntil(
      'one is hidden and one is shown',
      async () => (await isHidden(id)) && !(await isHidden(shown)),
    )
    expect(await read(id)).toBeNull()
  })

  it('stay hidden when an older event arrives late', async () => {
    const [post, lastPost] = [makePost({ authorId: author.id }), makePost()]
    await posts.seed([post, lastPost])
    const id = await seedComment({ postId: post.id })
    await publish('post.deleted', post.id, 3, { removedBy: 'AUTHOR', authorId: author.id })
    await waitUntil('the comment is hidden', () => isHidden(id))
    await publish('post.published', post.id, 2, { status: 'PUBLISHED', authorId: author.id })
    const last = await seedComment({ postId: lastPost.id })
    await publish('post.deleted', lastPost.id, 1, { removedBy: 'AUTHOR', authorId: null })
    await waitUntil('the later event is applied', () => isHidden(last))
    expect(await isHidden(id)).toBe(true)
  })
})

describe('the content of a deleted account', () => {
  it('has a key for 90 days, for services alone, by which moderators remove it', async () => {
    const user = createViewer()
    const contentKey = 'key-of-the-content'
    const ids = (await comments.seed(...Array.from({ length: 1100 }, () => ({ authorId: user.id })))).map(
      ({ id }) => id,
    )
    const [id = ''] = ids
    const query = `{ commentContentKey(id: "${id}") }`
    expect(await comments.query(query, {}, service)).toEqual({ commentContentKey: null })
    const requestedAt = clock.toISOString()
    await comments.eventLog.publish('users', [
      makeEvent('user.deleted', user.id, 1, { requestedAt, contentKey }),
    ])
    const stored = comments.connection.collection('comments')
    await waitUntil('all have the key', async () => (await stored.countDocuments({ contentKey })) === 1100)
    expect(await comments.query(query, {}, service)).toEqual({ commentContentKey: contentKey })
    expect((await comments.send(query, {}, createViewer('ADMIN'))).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN' } },
    ])

    const later = await seedComment({ authorId: null, createdAt: new Date('2031-01-01') })
    await stored.updateOne({ _id: later as never }, { $set: { contentKey } })
    const removal = { moderatorId: moderator.id, reason: 'Spam', contentKey }
    await comments.eventLog.publish('users', [makeEvent('user.contentRemovalRequested', user.id, 2, removal)])
    const removed = { contentKey, status: 'DELETED', removedBy: 'MODERATOR' }
    await waitUntil('all are removed', async () => (await stored.countDocuments(removed)) === 1100)
    expect(await comments.findStored(later)).toMatchObject({ status: 'VISIBLE' })
    expect(await comments.findStored(id)).toMatchObject({ eventSequence: 2 })
  })

  it('is removed when the account is deleted before or after the request, in any order of the events', async () => {
    const [before, after, race] = [newId('User'), newId('User'), newId('User')]
    const authors = [before, after, race].flatMap((authorId) =>
      Array.from({ length: 3 }, () => ({ authorId })),
    )
    const ids = (await comments.seed(...authors)).map(({ id }) => id)
    const makeDeletion = (userId: string, contentKey: string) =>
      makeEvent('user.deleted', userId, 1, { requestedAt: clock.toISOString(), contentKey })
    const makeRemoval = (owner: { userId: string } | { contentKey: string }) =>
      makeEvent('user.contentRemovalRequested', moderator.id, 1, { moderatorId: moderator.id, ...owner })
    await comments.eventLog.publish('users', [
      makeDeletion(before, 'before-removal'),
      makeRemoval({ contentKey: 'before-removal' }),
      makeRemoval({ userId: after }),
      makeDeletion(after, 'after-removal'),
      makeDeletion(race, 'race-removal'),
      makeRemoval({ userId: race }),
    ])
    const stored = comments.connection.collection<{ _id: string }>('comments')
    const removed = { _id: { $in: ids }, authorId: null, status: 'DELETED', removedBy: 'MODERATOR' }
    await waitUntil('all are removed', async () => (await stored.countDocuments(removed)) === ids.length)
  })
})

describe('an idempotency key of addComment', () => {
  const add = async (viewer: Viewer, postId: string, body: string, more = '', to = comments) => {
    const document = `mutation ($body: String!) { addComment(input: { postId: "${postId}", body: $body, idempotencyKey: "key" ${more} }) {
      comment { id body } commentEdge { cursor } userErrors { code } } }`
    return (await to.query(document, { body }, viewer)).addComment
  }

  it('adds one comment for 20 concurrent requests to two processes, and returns it for other values', async () => {
    const post = makePost()
    await posts.seed([post])
    const viewer = createViewer()
    const second = await startComments({
      postsUrl: posts.url,
      database: comments.connection.name,
      now: () => clock,
    })
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        add(viewer, post.id, `B${index}`, '', index % 2 ? second : comments),
      ),
    )
    await second.close()
    expect(new Set(all.map((payload) => JSON.stringify(payload))).size).toBe(1)
    expect((await add(createViewer(), post.id, 'B')).comment.id).not.toBe(all[0].comment.id)
    // Also when the repetition would be rejected now.
    expect(await add(viewer, newId('Post'), 'Other')).toEqual(all[0])
    expect(await comments.connection.collection('comments').countDocuments({ postId: post.id })).toBe(2)
  })
})
