import { requestRebuild } from '../../../packages/event-log/consumers/durableConsumer'
import { newId } from '../../../schema/ids'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createCommentRepository } from '../../../subgraphs/comments/repository'
import type { CountsDocument } from '../../../subgraphs/comments/repository/countDocuments'
import { countDocumentsExamined, countKeysExamined } from '../../support/documentsExamined'
import { waitUntil } from '../../support/processes'
import { createViewer, dropDatabase, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import { countStored, findCounts, stored, waitUntilCounted } from './counting'
import { makeComment, startComments, type TestComments } from './support'

const isFull = process.env['FULL'] === '1'
const many = isFull ? 26_000 : 2_600
const service = { kind: 'service', name: 'posts' } as const

const addTo = async (comments: TestComments, postId: string, viewer = createViewer('MODERATOR')) => {
  const document = `mutation ($input: AddCommentInput!) {
    addComment(input: $input) { comment { id } post { commentCount } userErrors { message } }
  }`
  const { addComment } = await comments.query(document, { input: { postId, body: 'A comment' } }, viewer)
  return { id: String(addComment.comment.id), count: Number(addComment.post.commentCount) }
}

const change = (comments: TestComments, name: string, commentId: string) =>
  comments.query(
    `mutation ($id: ID!) { ${name}(input: { commentId: $id }) { userErrors { message } } }`,
    { id: commentId },
    createViewer('MODERATOR'),
  )

/** Projects a published post, on which comments can be written. */
async function publishPost(comments: TestComments): Promise<string> {
  const id = newId('Post')
  const facts = { status: 'PUBLISHED', authorId: newId('User') }
  await comments.connection
    .collection<{ _id: string; sequence: number; facts: object }>('known_posts')
    .insertOne({ _id: id, sequence: 1, facts })
  return id
}

describe('the counts of a post', () => {
  let comments: TestComments
  beforeAll(async () => {
    comments = await startComments()
  })
  afterAll(() => comments.close())

  it('include each change at once, and are stored soon after it', async () => {
    const postId = await publishPost(comments)
    const counts: number[] = []
    const ids: string[] = []
    for (let index = 0; index < 5; index++) {
      const added = await addTo(comments, postId)
      counts.push(added.count)
      ids.push(added.id)
    }
    expect(counts).toEqual([1, 2, 3, 4, 5])
    await change(comments, 'hideComment', ids[0] ?? '')
    await change(comments, 'deleteComment', ids[1] ?? '')
    const fetchCounts = () => comments.fetchEntity('Post', postId, 'commentCount comments { totalCount }')
    const expected = { commentCount: 3, comments: { totalCount: 5 } }
    expect(await fetchCounts()).toEqual(expected)
    await waitUntilCounted(comments)
    expect(await fetchCounts()).toEqual(expected)
    expect(await findCounts(comments, postId)).toMatchObject({ visible: 3, topLevel: 5, journal: [] })
  })

  it('include changes of processes of a version that marks no comments', async () => {
    const postId = newId('Post')
    const [first, second] = [newId('Comment'), newId('Comment')]
    const insertUnmarked = (id: string) =>
      stored(comments).insertOne({ ...makeComment({ postId }), _id: id, underDraft: false } as never)
    const publish = (type: string, entity: string, sequence: number) =>
      comments.eventLog.publish('comments', [
        { id: newId('Comment'), type, entity, sequence, at: new Date().toISOString(), data: { postId } },
      ])
    await insertUnmarked(first)
    await insertUnmarked(second)
    for (const id of [first, second]) await publish('comment.added', id, 1)
    await waitUntil('both are counted', async () => (await findCounts(comments, postId))?.visible === 2)
    await stored(comments).updateOne({ _id: first }, { $set: { status: 'HIDDEN' } })
    await publish('comment.hidden', first, 2)
    await waitUntil('one is hidden', async () => (await findCounts(comments, postId))?.visible === 1)
    // Delivered again, and of a comment that does not exist any more.
    await publish('comment.hidden', first, 2)
    await publish('comment.added', newId('Comment'), 1)
    await publish('comment.added', second, 1)
    const other = await publishPost(comments)
    await addTo(comments, other)
    await waitUntil('later events are handled', async () => (await findCounts(comments, other)) !== null)
    expect(await findCounts(comments, postId)).toMatchObject({ visible: 1, topLevel: 2 })
  })

  it('are corrected by a rebuild, also where rows were removed, restored or changed', async () => {
    const [tampered, emptied, forgotten] = [newId('Post'), newId('Post'), newId('Post')]
    await comments.seed(
      ...[tampered, emptied, forgotten, forgotten, forgotten].map((postId) => ({ postId })),
      { postId: tampered, status: 'HIDDEN' },
    )
    await waitUntilCounted(comments)
    const counts = comments.connection.collection<CountsDocument>('comment_counts')
    await counts.updateOne({ _id: tampered }, { $set: { visible: 40, topLevel: 50 } })
    await counts.deleteOne({ _id: forgotten })
    await stored(comments).deleteMany({ postId: emptied })
    await stored(comments).updateOne({ postId: tampered, status: 'HIDDEN' }, { $set: { status: 'VISIBLE' } })
    await requestRebuild(comments.eventLog, 'comments')
    await waitUntil('the counts are corrected', async () => {
      const [first, second, third] = await Promise.all(
        [tampered, emptied, forgotten].map((id) => findCounts(comments, id)),
      )
      return first?.visible === 2 && second?.visible === 0 && third?.visible === 3
    })
    await waitUntilCounted(comments)
    for (const postId of [tampered, emptied, forgotten])
      expect(await findCounts(comments, postId)).toMatchObject(await countStored(comments, postId))
    // As after a restore of counts that were copied before their comments.
    await counts.updateOne({ _id: tampered }, { $set: { version: 1 } })
    const [restored] = await stored(comments).find({ postId: tampered }).toArray()
    await stored(comments).updateMany({ postId: tampered }, { $set: { 'counted.version': 9 } })
    await change(comments, 'hideComment', restored?._id ?? '')
    await waitUntilCounted(comments)
    expect(await findCounts(comments, tampered)).toMatchObject({ visible: 1, topLevel: 2, version: 10 })
    // The comments of the post whose counts were lost are still marked as counted by a version of them.
    const [one] = await stored(comments).find({ postId: forgotten }).toArray()
    await change(comments, 'hideComment', one?._id ?? '')
    await waitUntil('it is hidden', async () => (await findCounts(comments, forgotten))?.visible === 2)
    expect(await comments.fetchEntity('Post', forgotten, 'commentCount')).toEqual({ commentCount: 2 })
  })

  it('are removed with the comments of a deleted post', async () => {
    const postId = newId('Post')
    await comments.seed({ postId }, { postId })
    await createCommentRepository(
      comments.connection.useDb(comments.connection.name, { useCache: false }),
    ).deleteCommentsOfPosts([postId], new AbortController().signal)
    expect(await findCounts(comments, postId)).toBeNull()
    expect(await comments.fetchEntity('Post', postId, 'commentCount')).toEqual({ commentCount: 0 })
  })
})

it('counts the same with two processes whose clocks are an hour apart', async () => {
  const clock = (hours: number) => () => new Date(Date.now() + hours * 3_600_000)
  const ahead = await startComments({ now: clock(1) })
  const behind = await startComments({ now: clock(0), database: ahead.connection.name })
  try {
    const postId = await publishPost(ahead)
    const added: string[] = []
    const versions: number[] = []
    const activity = 'query ($ids: [ID!]!) { commentActivity(postIds: $ids) { count version } }'
    const fetchActivity = async (comments: TestComments) =>
      (await comments.query(activity, { ids: [postId] }, service)).commentActivity[0]
    for (let index = 0; index < 12; index++) {
      const [writer, reader] = index % 2 ? [ahead, behind] : [behind, ahead]
      added.push((await addTo(writer, postId)).id)
      if (index % 3 === 2) await change(reader, 'hideComment', added[index - 1] ?? '')
      const { count, version } = await fetchActivity(reader)
      expect(count).toBe(index + 1 - Math.floor((index + 1) / 3))
      versions.push(version)
    }
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
    await waitUntilCounted(ahead)
    expect(await findCounts(ahead, postId)).toMatchObject({ visible: 8, topLevel: 12 })
  } finally {
    await behind.close()
    await ahead.close()
  }
})

it(`migrates and counts a post with ${many} comments, which then costs as much as one with 26`, async () => {
  const database = testDatabaseName('comments_many')
  const [quiet, popular] = [newId('Post'), newId('Post')]
  const earlier = await openDatabase(testMongodbUri(), database)
  const insertOld = (postId: string, count: number) =>
    stored({ connection: earlier }).insertMany(
      Array.from({ length: count }, (_, index) => {
        const status = index % 13 === 0 ? ('HIDDEN' as const) : ('VISIBLE' as const)
        const { id, ...rest } = makeComment({ postId, authorId: null, status, depth: index % 2 })
        return { _id: id, ...rest, underDraft: false }
      }),
    )
  await insertOld(quiet, 26)
  await insertOld(popular, many)
  const comments = await startComments({ database })
  try {
    const fields = 'commentCount comments { totalCount }'
    const counts = { commentCount: (many / 13) * 12, comments: { totalCount: many / 2 } }
    // While they are counted, and afterwards.
    expect(await comments.fetchEntity('Post', popular, fields)).toEqual(counts)
    await waitUntilCounted(comments)
    const positions = comments.connection.collection<{ _id: string }>('feed_positions')
    await waitUntil('the consumer has started', async () => {
      return (await positions.countDocuments({ _id: 'comments/comments.counts' })) === 1
    })
    expect(await comments.fetchEntity('Post', popular, fields)).toEqual(counts)

    const measure = async (postId: string) => {
      const read = () =>
        comments.fetchEntity('Post', postId, 'commentCount comments(first: 1) { totalCount }')
      const readActivity = () =>
        comments.query(
          'query ($ids: [ID!]!) { commentActivity(postIds: $ids) { count lastCommentedAt version } }',
          { ids: [postId] },
          service,
        )
      return {
        commands: [await comments.recordCommands(read), await comments.recordCommands(readActivity)],
        documents: await countDocumentsExamined(comments.connection, read),
        activityDocuments: await countDocumentsExamined(comments.connection, readActivity),
        keys: await countKeysExamined(comments.connection, read),
        activityKeys: await countKeysExamined(comments.connection, readActivity),
      }
    }
    expect(await measure(popular)).toEqual(await measure(quiet))
  } finally {
    await comments.close()
    await dropDatabase(database)
    await dropDatabase(`${database}_feed`)
    await earlier.close()
  }
}, 300_000)
