import type { ProjectedPost } from '../../../subgraphs/comments/domain/postVisibility'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createProjectionStore } from '../../../packages/event-log/mongo/projectionStore'
import { rebuildRequestedType } from '../../../packages/event-log/consumers/durableConsumer'
import { openEventLog } from '../../../packages/event-log/openEventLog'
import { newId } from '../../../schema/ids'
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
})
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

async function addComment(postId: string, viewer = member, to = comments): Promise<string> {
  const { data, errors } = await add(postId, viewer, to)
  expect(errors).toBeUndefined()
  expect(data.addComment.userErrors).toEqual([])
  return data.addComment.comment.id
}

const countUnder = (postId: string) => comments.connection.collection('comments').countDocuments({ postId })

const waitUntilDeleted = (postId: string) =>
  waitUntil('the comments of the post are deleted', async () => (await countUnder(postId)) === 0)

describe('while the posts subgraph is down', () => {
  let alone: TestComments
  beforeAll(async () => {
    const owner = await startPosts()
    alone = await startComments({ postsUrl: owner.url })
    await owner.close()
  })
  afterAll(() => alone.close())
  const unavailable = [
    { path: ['addComment'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'posts' } },
  ]

  it('accepts comments on projected posts that are visible to the viewer', async () => {
    const [published, draft] = [newId('Post'), newId('Post')]
    await publishPostCreated(alone, published, { status: 'PUBLISHED', authorId: null })
    await publishPostCreated(alone, draft, { status: 'DRAFT', authorId: author.id })
    expect(await alone.findStored(await addComment(published, member, alone))).toMatchObject({
      underDraft: false,
    })
    const note = await addComment(draft, author, alone)
    expect(await alone.findStored(note)).toMatchObject({ underDraft: true })
    const { errors } = await add(draft, member, alone)
    expect(errors).toMatchObject(unavailable)
    const query = `{ comment(id: "${note}") { id } }`
    expect(await alone.query(query, {}, author)).toEqual({ comment: { id: note } })
    expect((await alone.send(query)).errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }])
  })

  it('rejects comments on deleted posts, and on posts that are not projected', async () => {
    expect((await add(newId('Post'), member, alone)).errors).toMatchObject(unavailable)
    const postId = newId('Post')
    await publishDeletion(alone, 'post', postId)
    expect((await add(postId, member, alone)).data.addComment).toEqual(notFound)
  })

  it('makes comments on a draft visible when the event of its publication arrives', async () => {
    const postId = newId('Post')
    await publishPostCreated(alone, postId, { status: 'DRAFT', authorId: author.id })
    const id = await addComment(postId, author, alone)
    const published = makeEvent('post.published', postId, 2, { status: 'PUBLISHED', authorId: author.id })
    await alone.eventLog.publish('posts', [published])
    await waitUntil(
      'the publication is recorded',
      async () => (await alone.findStored(id))?.['underDraft'] === false,
    )
    expect(await alone.query(`{ comment(id: "${id}") { id } }`, {}, anonymous)).toEqual({ comment: { id } })
  })
})

it('asks the posts subgraph about posts that are not projected, or projected as drafts of others', async () => {
  const [fresh, draft] = [makePost(), makePost({ authorId: author.id })]
  await posts.seed([fresh, draft])
  await addComment(fresh.id)
  await publishPostCreated(comments, draft.id, { status: 'DRAFT', authorId: author.id })
  expect(await comments.findStored(await addComment(draft.id))).toMatchObject({ underDraft: false })
})

it('ignores events of other types and older events', async () => {
  const postId = newId('Post')
  await publishPostCreated(comments, postId, { status: 'PUBLISHED', authorId: null }, 5)
  const late = makeEvent('post.changed', postId, 3, { status: 'DRAFT', authorId: null })
  await comments.eventLog.publish('posts', [makeEvent('post.pinned', postId, 6), late])
  await publishPostCreated(comments, newId('Post'), { status: 'PUBLISHED', authorId: null })
  await addComment(postId)
})

describe('the deletion of a post', () => {
  it('deletes its 3,000 comments and no others, also when it is redelivered', async () => {
    const [postId, other] = [newId('Post'), newId('Post')]
    const [first] = await comments.seed(...Array.from({ length: 3000 }, () => ({ postId })))
    await comments.seed({ postId: other })
    await comments.eventLog.publish('posts', [makeEvent('post.deleted', postId, 2)])
    await waitUntilDeleted(postId)
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
  })

  it('continues at the next start after a crash during the cascade', async () => {
    const database = testDatabaseName('comments')
    const one = await startComments({ postsUrl: posts.url, database })
    const postId = newId('Post')
    await publishPostCreated(one, postId, { status: 'PUBLISHED', authorId: null })
    const stored = await one.seed(...Array.from({ length: 700 }, () => ({ postId })))
    await one.close()
    await simulateInterruptedCascade(
      database,
      postId,
      stored.slice(0, 500).map(({ id }) => id),
    )
    const next = await startComments({ postsUrl: posts.url, database })
    await waitUntil('all comments are deleted', async () => (await next.countStored()) === 0)
    await next.close()
    await dropDatabase(database)
    await dropDatabase(`${database}_feed`)
  })

  it('is interrupted by a shutdown and continues at the next start', async () => {
    const database = testDatabaseName('comments')
    const one = await startComments({ postsUrl: posts.url, database })
    const postId = newId('Post')
    const all = 5000
    await one.seed(...Array.from({ length: all }, () => ({ postId })))
    await one.eventLog.publish('posts', [makeEvent('post.deleted', postId, 2)])
    await waitUntil('the cascade has started', async () => (await one.countStored()) < all)
    await one.close()
    const next = await startComments({ postsUrl: posts.url, database })
    await waitUntil('all comments are deleted', async () => (await next.countStored()) === 0)
    await next.close()
    await dropDatabase(database)
    await dropDatabase(`${database}_feed`)
  })

  it('rejects a comment that is being added meanwhile, and keeps neither its text nor its author', async () => {
    const post = makePost()
    await posts.seed([post])
    const held = gate.hold()
    const adding = add(post.id)
    await held.waiting
    await publishDeletion(comments, 'post', post.id)
    held.release()
    expect((await adding).data.addComment).toEqual(notFound)
    const [left] = await comments.connection.collection('comments').find({ postId: post.id }).toArray()
    expect(left).toMatchObject({ status: 'DELETED', body: null, authorId: null })
  })

  it('is repeated later, for a comment that a slow request stores after the cascade', async () => {
    const postId = newId('Post')
    await publishDeletion(comments, 'post', postId)
    await waitUntilDeleted(postId)
    await comments.seed({ postId })
    // Simulates that 15 s have passed.
    await comments.connection
      .collection<{ _id: string }>('known_posts')
      .updateOne({ _id: postId }, { $set: { followUpAt: new Date(0) } })
    await waitUntilDeleted(postId)
  })
})

/** Leaves the state of a crash during a cascade: the event is unacknowledged, and some comments are deleted. */
async function simulateInterruptedCascade(
  database: string,
  postId: string,
  removed: string[],
): Promise<void> {
  const eventLog = await openEventLog({
    mongodbUri: testMongodbUri(),
    database: `${database}_feed`,
    log: createLog('tests', 'silent'),
  })
  await eventLog.publish('posts', [makeEvent('post.deleted', postId, 2)])
  await eventLog.close()
  const connection = await openDatabase(testMongodbUri(), database)
  await createProjectionStore<ProjectedPost>(connection, 'known_posts').apply([
    { id: postId, sequence: 2, data: null },
  ])
  await connection.collection<{ _id: string }>('comments').deleteMany({ _id: { $in: removed } })
  await connection.close()
}

describe('a rebuild', () => {
  const rebuild = async () => {
    const event = makeEvent(rebuildRequestedType, 'posts', 1)
    await comments.eventLog.publish('posts', [event])
    await waitUntil('the rebuild is complete', async () => {
      const position = await comments.connection
        .collection<{ _id: string; rebuiltFor?: string }>('feed_positions')
        .findOne({ _id: 'posts/comments.posts' })
      return position?.rebuiltFor === event.id
    })
  }

  it('projects all existing posts, and deletes the comments of all others', async () => {
    const [uncommented, published] = [makePost(), makePost({ authorId: author.id })]
    const draft = makeDraft(author.id)
    await posts.seed([uncommented, published, draft])
    const missing = newId('Post')
    await publishPostCreated(comments, published.id, { status: 'DRAFT', authorId: author.id })
    const note = await addComment(published.id, author)
    const noteOnDraft = await addComment(draft.id, author)
    expect(await comments.findStored(note)).toMatchObject({ underDraft: true })
    await comments.seed(...Array.from({ length: 600 }, () => ({ postId: missing })))
    const otherMissing = Array.from({ length: 600 }, () => newId('Post'))
    await comments.seed(...otherMissing.map((postId) => ({ postId })))

    await comments.connection.collection('known_posts').drop()
    await rebuild()
    const projected = await createProjectionStore<ProjectedPost>(comments.connection, 'known_posts').find([
      ...[uncommented, published, draft].map(({ id }) => id),
      missing,
    ])
    expect([...projected.values()]).toHaveLength(4)
    expect(projected.get(uncommented.id)).toEqual({ status: 'PUBLISHED', authorId: uncommented.authorId })
    expect(projected.get(draft.id)).toEqual({ status: 'DRAFT', authorId: author.id })
    expect(projected.get(missing)).toBeNull()
    expect(await countUnder(missing)).toBe(0)
    const remaining = comments.connection
      .collection('comments')
      .countDocuments({ postId: { $in: otherMissing } })
    expect(await remaining).toBe(0)
    expect(await comments.findStored(note)).toMatchObject({ underDraft: false })
    expect(await comments.findStored(noteOnDraft)).toMatchObject({ underDraft: true })
  })

  it('deletes imported comments of a deleted post', async () => {
    const postId = newId('Post')
    await publishDeletion(comments, 'post', postId)
    await comments.seed({ postId })
    await rebuild()
    expect(await countUnder(postId)).toBe(0)
  })
})
