import { createCommentRepository } from '../../../subgraphs/comments/repository'
import { createProjectionStore } from '../../../packages/event-log/mongo/projectionStore'
import { createDocumentOutbox } from '../../../packages/event-log/mongo/documentOutbox'
import { newId } from '../../../schema/ids'
import { countDocumentsExamined } from '../../support/documentsExamined'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { dropDatabase, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import { startComments, type TestComments } from './support'

let comments: TestComments
beforeAll(async () => {
  comments = await startComments()
})
afterAll(() => comments.close())

const service = { kind: 'service', name: 'posts' } as const
const fetchActivity = (postIds: string[]) =>
  comments.query(
    'query ($ids: [ID!]!) { commentActivity(postIds: $ids) { postId count lastCommentedAt } }',
    { ids: postIds },
    service,
  )

it('drops an index of earlier versions', async () => {
  const database = testDatabaseName('comments_upgrade')
  const earlier = await openDatabase(testMongodbUri(), database)
  await earlier.collection('comments').createIndex({ postId: 1, status: 1 })
  const next = await startComments({ database })
  try {
    const names = (await earlier.collection('comments').indexes()).map(({ name }) => name)
    expect(names).toContain('postId_1_status_1_createdAt_1')
    expect(names).not.toContain('postId_1_status_1')
  } finally {
    await next.close()
    await earlier.dropDatabase()
    await earlier.close()
    await dropDatabase(`${database}_feed`)
  }
})

it('computes comment activity from counts and an index', async () => {
  const [commented, withDeleted, empty] = [newId('Post'), newId('Post'), newId('Post')]
  const createdAt = new Date('2026-05-05T05:05:05.505Z')
  await comments.seed(
    { postId: commented },
    { postId: commented, createdAt },
    { postId: commented, status: 'HIDDEN', createdAt: new Date('2026-06-06T06:06:06.606Z') },
    { postId: withDeleted, status: 'DELETED', body: null, authorId: null },
    ...Array.from({ length: 50 }, () => ({})),
  )
  expect(await fetchActivity([commented, withDeleted, empty])).toEqual({
    commentActivity: [
      { postId: commented, count: 2, lastCommentedAt: createdAt.toISOString() },
      { postId: withDeleted, count: 0, lastCommentedAt: null },
      { postId: empty, count: 0, lastCommentedAt: null },
    ],
  })
  expect(
    await countDocumentsExamined(comments.connection, () => fetchActivity([commented, withDeleted, empty])),
    // The counts of two posts, before marked comments are counted and afterwards.
  ).toEqual({ documents: 4, collectionScans: 0 })
})

it('lists the referenced posts and authors from indexes alone', async () => {
  const postId = newId('Post')
  const authorId = newId('User')
  await comments.seed(...Array.from({ length: 1200 }, () => ({ postId, authorId })))
  const connection = comments.connection.useDb(comments.connection.name, { useCache: false })
  const repository = createCommentRepository(connection)
  for (const [list, minimum] of [
    [repository.listPostIds, 1],
    [repository.listReferencedUserIds, 1],
  ] as const) {
    const found: string[] = []
    const read = async () => {
      for await (const ids of list()) found.push(...ids)
    }
    expect(await countDocumentsExamined(connection, read)).toEqual({ documents: 0, collectionScans: 0 })
    expect(found).toEqual([...new Set(found)].sort())
    expect(found.length).toBeGreaterThanOrEqual(minimum)
  }
})

it('finds due cascades and pending events by indexes', async () => {
  const { connection } = comments
  const store = createProjectionStore<{ status: string }>(connection, 'known_posts')
  const present = Array.from({ length: 300 }, () => ({
    id: newId('Post'),
    sequence: 1,
    data: { status: '' },
  }))
  const [due, later] = [newId('Post'), newId('Post')]
  await store.apply([...present, ...[due, later].map((id) => ({ id, sequence: 2, data: null }))])
  await connection
    .collection<{ _id: string }>('known_posts')
    .updateOne({ _id: due }, { $set: { followUpAt: new Date(0) } })
  let found: string[] = []
  const findDue = async () => {
    found = await store.findDueCascades()
  }
  expect(await countDocumentsExamined(connection, findDue)).toEqual({ documents: 1, collectionScans: 0 })
  expect(found).toEqual([due])
  const claim = () => createDocumentOutbox(connection, 'comments').claim()
  expect(await countDocumentsExamined(connection, claim)).toEqual({ documents: 0, collectionScans: 0 })
})
