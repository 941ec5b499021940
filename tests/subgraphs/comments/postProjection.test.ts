import type { ProjectedPost } from '../../../subgraphs/comments/domain/postVisibility'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createProjectionStore } from '../../../packages/event-log/mongo/projectionStore'
import { rebuildRequestedType } from '../../../packages/event-log/consumers/durableConsumer'
import { openEventLog } from '../../../packages/event-log/openEventLog'
import { newId } from '../../../packages/platform/ids/ids'
import { createLog } from '../../../packages/platform/log'
import { anonymous } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { dropDatabase, createViewer, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import { makeDraft, makePost, startPosts, type TestPosts } from '../posts/support'
import { makeEvent, startResponseGate, publishDeletion, publishPostCreated, type ResponseGate } from './peers'
import { startComments, type TestComments } from './support'

let posts: TestPosts
let gate: ResponseGate
let comments: TestComments
beforeAll(async () => {
  posts = await startPosts()
  gate = await startResponseGate(posts.url)
  comments = await startComments({ postsUrl: gate.url })
}, 60_000)
afterAll(async () => {
  await comments.close()
  await gate.close()
  await posts.close()
})

const author = createViewer()
const member = createViewer()
const notFound = { comment: null, userErrors: [{ code: 'NOT_FOUND', field: ['postId'] }] }

const add = (postId: string, viewer = member, to = comments) =>
  to.send(
    `mutation { addComment(input: { postId: "${postId}", body: "Said" }) {
      comment { id } userErrors { code field } } }`,
    {},
    viewer,
  )

async function addOk(postId: string, viewer = member, to = comments): Promise<string> {
  const { data, errors } = await add(postId, viewer, to)
  expect(errors).toBeUndefined()
  expect(data.addComment.userErrors).toEqual([])
  return data.addComment.comment.id
}

const countUnder = (postId: string) => comments.connection.collection('comments').countDocuments({ postId })

const waitUntilGone = (postId: string) =>
  waitUntil('its comments are gone', async () => (await countUnder(postId)) === 0)

describe('while posts is down', () => {
  let alone: TestComments
  beforeAll(async () => {
    const owner = await startPosts()
    alone = await startComments({ postsUrl: owner.url })
    await owner.close()
  }, 60_000)
  afterAll(() => alone.close())
  const unavailable = [
    { path: ['addComment'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'posts' } },
  ]

  test('whoever may see a post that is known comments on it', async () => {
    const [published, draft] = [newId('Post'), newId('Post')]
    await publishPostCreated(alone, published, { status: 'PUBLISHED', authorId: null })
    await publishPostCreated(alone, draft, { status: 'DRAFT', authorId: author.id })
    expect(await alone.findStored(await addOk(published, member, alone))).toMatchObject({ underDraft: false })
    const note = await addOk(draft, author, alone)
    expect(await alone.findStored(note)).toMatchObject({ underDraft: true })
    const { errors } = await add(draft, member, alone)
    expect(errors).toMatchObject(unavailable)
    const show = `{ comment(id: "${note}") { id } }`
    expect(await alone.query(show, {}, author)).toEqual({ comment: { id: note } })
    expect((await alone.send(show)).errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }])
  })

  test('nobody on one of which nothing is known, and one that is gone is not there', async () => {
    expect((await add(newId('Post'), member, alone)).errors).toMatchObject(unavailable)
    const postId = newId('Post')
    await publishDeletion(alone, 'post', postId)
    expect((await add(postId, member, alone)).data.addComment).toEqual(notFound)
  })

  test('what was written under a draft shows once posts has told that it is published', async () => {
    const postId = newId('Post')
    await publishPostCreated(alone, postId, { status: 'DRAFT', authorId: author.id })
    const id = await addOk(postId, author, alone)
    const published = makeEvent('post.published', postId, 2, { status: 'PUBLISHED', authorId: author.id })
    await alone.eventLog.publish('posts', [published])
    await waitUntil('it is noted', async () => (await alone.findStored(id))?.['underDraft'] === false)
    expect(await alone.query(`{ comment(id: "${id}") { id } }`, {}, anonymous)).toEqual({ comment: { id } })
  })
})

test('a post of which nothing was told yet, or only that it was a draft, is asked for', async () => {
  const [fresh, draft] = [makePost(), makePost({ authorId: author.id })]
  await posts.seed([fresh, draft])
  await addOk(fresh.id)
  await publishPostCreated(comments, draft.id, { status: 'DRAFT', authorId: author.id })
  expect(await comments.findStored(await addOk(draft.id))).toMatchObject({ underDraft: false })
})

test('events of other types, and older ones, change nothing', async () => {
  const postId = newId('Post')
  await publishPostCreated(comments, postId, { status: 'PUBLISHED', authorId: null }, 5)
  const late = makeEvent('post.changed', postId, 3, { status: 'DRAFT', authorId: null })
  await comments.eventLog.publish('posts', [makeEvent('post.pinned', postId, 6), late])
  await publishPostCreated(comments, newId('Post'), { status: 'PUBLISHED', authorId: null })
  await addOk(postId)
})

describe('a post that is deleted', () => {
  test('takes its 3,000 comments along, and no others; told twice, it is the same', async () => {
    const [postId, other] = [newId('Post'), newId('Post')]
    const [first] = await comments.seed(...Array.from({ length: 3000 }, () => ({ postId })))
    await comments.seed({ postId: other })
    await comments.eventLog.publish('posts', [makeEvent('post.deleted', postId, 2)])
    await waitUntilGone(postId)
    expect(await comments.query(`{ comment(id: "${first?.id}") { id } }`)).toEqual({ comment: null })
    expect((await add(postId)).data.addComment).toEqual(notFound)

    const again = makeEvent('post.deleted', postId, 2)
    await comments.eventLog.publish('posts', [
      again,
      makeEvent('post.changed', postId, 1, { status: 'PUBLISHED', authorId: null }),
    ])
    await publishPostCreated(comments, newId('Post'), { status: 'PUBLISHED', authorId: null })
    expect((await add(postId)).data.addComment).toEqual(notFound)
    expect(await countUnder(other)).toBe(1)
  }, 60_000)

  test('after a crash between marking it and removing its comments: they go at the next start', async () => {
    const database = testDatabaseName('comments')
    const one = await startComments({ postsUrl: posts.url, database })
    const postId = newId('Post')
    await publishPostCreated(one, postId, { status: 'PUBLISHED', authorId: null })
    const stored = await one.seed(...Array.from({ length: 700 }, () => ({ postId })))
    await one.close()
    await leaveHalfDone(
      database,
      postId,
      stored.slice(0, 500).map(({ id }) => id),
    )
    const next = await startComments({ postsUrl: posts.url, database })
    await waitUntil('they are gone', async () => (await next.countStored()) === 0, 25_000)
    await next.close()
    await dropDatabase(database)
    await dropDatabase(`${database}_feed`)
  }, 60_000)

  test('in the middle of that the process ends at once, and the next start goes on', async () => {
    const database = testDatabaseName('comments')
    const one = await startComments({ postsUrl: posts.url, database })
    const postId = newId('Post')
    const all = 5000
    await one.seed(...Array.from({ length: all }, () => ({ postId })))
    await one.eventLog.publish('posts', [makeEvent('post.deleted', postId, 2)])
    await waitUntil('it has begun', async () => (await one.countStored()) < all, 25_000)
    await one.close()
    const next = await startComments({ postsUrl: posts.url, database })
    await waitUntil('they are gone', async () => (await next.countStored()) === 0, 25_000)
    await next.close()
    await dropDatabase(database)
    await dropDatabase(`${database}_feed`)
  }, 90_000)

  test('while a comment is being added: the comment is not there, and its author is told so', async () => {
    const post = makePost()
    await posts.seed([post])
    const held = gate.hold()
    const adding = add(post.id)
    await held.waiting
    await publishDeletion(comments, 'post', post.id)
    held.release()
    expect((await adding).data.addComment).toEqual(notFound)
    expect(await countUnder(post.id)).toBe(0)
  })

  test('what a request left that was under way then goes some time later', async () => {
    const postId = newId('Post')
    await publishDeletion(comments, 'post', postId)
    await waitUntilGone(postId)
    await comments.seed({ postId })
    // 15 s have passed.
    await comments.connection
      .collection<{ _id: string }>('known_posts')
      .updateOne({ _id: postId }, { $set: { followUpAt: new Date(0) } })
    await waitUntilGone(postId)
  })
})

/** What a crash leaves on the way: the event is not taken off, the post is marked, and some comments are removed. */
async function leaveHalfDone(database: string, postId: string, removed: string[]): Promise<void> {
  const feed = await openEventLog({
    mongodbUri: testMongodbUri(),
    database: `${database}_feed`,
    log: createLog('feed', 'silent'),
  })
  await feed.publish('posts', [makeEvent('post.deleted', postId, 2)])
  await feed.close()
  const connection = await openDatabase(testMongodbUri(), database)
  await createProjectionStore<ProjectedPost>(connection, 'known_posts').apply([
    { id: postId, sequence: 2, data: null },
  ])
  await connection.collection<{ _id: string }>('comments').deleteMany({ _id: { $in: removed } })
  await connection.close()
}

describe('taking everything anew', () => {
  const rebuild = async () => {
    const event = makeEvent(rebuildRequestedType, 'posts', 1)
    await comments.eventLog.publish('posts', [event])
    await waitUntil(
      'it is answered',
      async () => {
        const position = await comments.connection
          .collection<{ _id: string; rebuiltFor?: string }>('feed_positions')
          .findOne({ _id: 'posts/comments.posts' })
        return position?.rebuiltFor === event.id
      },
      25_000,
    )
  }

  test('from nothing: posts that are there are known, and comments under all others are gone', async () => {
    const [quiet, published] = [makePost(), makePost({ authorId: author.id })]
    const draft = makeDraft(author.id)
    await posts.seed([quiet, published, draft])
    const lost = newId('Post')
    await publishPostCreated(comments, published.id, { status: 'DRAFT', authorId: author.id })
    const note = await addOk(published.id, author)
    const ofDraft = await addOk(draft.id, author)
    expect(await comments.findStored(note)).toMatchObject({ underDraft: true })
    await comments.seed(...Array.from({ length: 600 }, () => ({ postId: lost })))
    const others = Array.from({ length: 600 }, () => newId('Post'))
    await comments.seed(...others.map((postId) => ({ postId })))

    await comments.connection.collection('known_posts').drop()
    await rebuild()
    const known = await createProjectionStore<ProjectedPost>(comments.connection, 'known_posts').find([
      ...[quiet, published, draft].map(({ id }) => id),
      lost,
    ])
    expect([...known.values()]).toHaveLength(4)
    expect(known.get(quiet.id)).toEqual({ status: 'PUBLISHED', authorId: quiet.authorId })
    expect(known.get(draft.id)).toEqual({ status: 'DRAFT', authorId: author.id })
    expect(known.get(lost)).toBeNull()
    expect(await countUnder(lost)).toBe(0)
    const left = comments.connection.collection('comments').countDocuments({ postId: { $in: others } })
    expect(await left).toBe(0)
    expect(await comments.findStored(note)).toMatchObject({ underDraft: false })
    expect(await comments.findStored(ofDraft)).toMatchObject({ underDraft: true })
  }, 60_000)

  test('what an import brings back of a post that is gone is removed', async () => {
    const postId = newId('Post')
    await publishDeletion(comments, 'post', postId)
    await comments.seed({ postId })
    await rebuild()
    expect(await countUnder(postId)).toBe(0)
  })
})
