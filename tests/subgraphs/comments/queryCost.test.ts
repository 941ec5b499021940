import { newId } from '../../../schema/ids'
import { countDocumentsExamined } from '../../support/documentsExamined'
import { startComments, type TestComments } from './support'

const full = process.env['FULL'] === '1'
const many = full ? 50_000 : 5_000

let comments: TestComments
const popularPost = newId('Post')
const quietPost = newId('Post')
const posts = [popularPost, quietPost, ...Array.from({ length: 98 }, () => newId('Post'))]
const prolificAuthor = newId('User')
const popularComment = newId('Comment')

/** Seeds comments at increasing times, in batches. */
async function seedMany(count: number, overrides: Parameters<TestComments['seed']>[0]) {
  const batchSize = 5000
  for (let stored = 0; stored < count; stored += batchSize) {
    await comments.seed(
      ...Array.from({ length: Math.min(batchSize, count - stored) }, (_, index) => ({
        ...overrides,
        createdAt: new Date(1_700_000_000_000 + stored + index),
      })),
    )
  }
}

beforeAll(async () => {
  comments = await startComments()
  await seedMany(many, { postId: popularPost, authorId: prolificAuthor })
  await seedMany(50, { postId: quietPost })
  await comments.seed({ id: popularComment, postId: quietPost })
  await seedMany(many, { postId: newId('Post'), parentId: popularComment, depth: 1 })
  await comments.seed(...posts.slice(2).flatMap((postId) => Array.from({ length: 8 }, () => ({ postId }))))
})
afterAll(() => comments.close())

const entities = (type: string, ids: readonly string[], fields: string) => () =>
  comments.query(
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${fields} } } }`,
    {
      of: ids.map((id) => ({ __typename: type, id })),
    },
  )

it.each([
  ['five comments of each', 'comments(first: 5) { nodes { id body author { id } } }', ['aggregate']],
  ['the counts', 'commentCount', ['distinct', 'find']],
  [
    'both, and the replies to each comment with their counts',
    'commentCount comments(first: 5) { nodes { replyCount replies(first: 2) { nodes { id } } } }',
    ['aggregate', 'distinct', 'find', 'find'],
  ],
  ['a total that is selected', 'comments(first: 5) { totalCount }', ['aggregate', 'distinct', 'find']],
])('sends the same number of database commands for 10 and 100 posts: %s', async (_, fields, expected) => {
  for (const count of [10, 100]) {
    const commands = await comments.recordCommands(entities('Post', posts.slice(0, count), fields))
    expect(commands.sort()).toEqual(expected)
  }
})

it('resolves 100 references in one database command', async () => {
  const stored = await comments.seed(...Array.from({ length: 100 }, () => ({})))
  const commands = await comments.recordCommands(
    entities(
      'Comment',
      stored.map(({ id }) => id),
      'id body post { id }',
    ),
  )
  expect(commands).toEqual(['find'])
})

it('reads hundreds of references, pages and counts in one batch each', async () => {
  const stored = await comments.seed(...Array.from({ length: 300 }, () => ({})))
  const ids = stored.map(({ id }) => id)
  await comments.seed(...ids.map((parentId) => ({ parentId, depth: 1 })))
  let data: { _entities: unknown[] } | undefined
  const commands = await comments.recordCommands(async () => {
    data = await entities('Comment', ids, 'replyCount replies(first: 5) { nodes { id } }')()
  })
  expect(data?._entities).toHaveLength(300)
  expect(commands).toEqual(['find', 'find'])
})

it('counts replies in the database where the page that is read lacks some', async () => {
  const [many, few] = await comments.seed({}, {})
  if (!many || !few) throw new Error('Two comments are seeded.')
  const reply = { parentId: many.id, depth: 1 }
  await comments.seed(reply, reply, { ...reply, status: 'HIDDEN' })
  await comments.seed({ parentId: few.id, depth: 1 }, { parentId: few.id, depth: 1, status: 'DELETED' })
  const read = entities('Comment', [many.id, few.id], 'replyCount replies(first: 2) { nodes { id } }')
  const commands = await comments.recordCommands(async () => {
    const { _entities: found } = await read()
    expect(found.map(({ replyCount }: { replyCount: number }) => replyCount)).toEqual([2, 1])
  })
  expect(commands).toEqual(['find', 'find', 'aggregate'])
})

it('returns a page of 100 comments of maximum length', async () => {
  const postId = newId('Post')
  const body = '\u{1F98A}'.repeat(40_000)
  await comments.seed(...Array.from({ length: 110 }, () => ({ postId, body })))
  const data = await entities('Post', [postId], 'comments(first: 100) { nodes { body } }')()
  expect(data._entities[0].comments.nodes).toHaveLength(100)
})

it.each([
  ['first: 5', 6],
  ['last: 5', 6],
])('reads no more documents for %s of a popular post than of a quiet one', async (args, expected) => {
  for (const id of [popularPost, quietPost]) {
    const read = entities('Post', [id], `comments(${args}) { nodes { id } }`)
    expect(await countDocumentsExamined(comments.connection, read)).toEqual({
      documents: expected,
      collectionScans: 0,
    })
  }
})

it.each([
  ['first', 'after', 'last', 'startCursor'],
  ['last', 'before', 'first', 'endCursor'],
])('reads no more documents for %s: 5 %s a row far from both ends', async (size, position, start, at) => {
  const far = await entities('Post', [popularPost], `comments(${start}: 100) { pageInfo { ${at} } }`)()
  const cursor = JSON.stringify(far._entities[0].comments.pageInfo[at])
  const read = entities(
    'Post',
    [popularPost],
    `comments(${size}: 5, ${position}: ${cursor}) { nodes { id } }`,
  )
  const { nodes } = (await read())._entities[0].comments
  expect(nodes).toHaveLength(5)
  expect(await countDocumentsExamined(comments.connection, read)).toEqual({
    documents: 6,
    collectionScans: 0,
  })
})

it('reads one more document than it returns for each of 100 posts', async () => {
  const read = entities('Post', posts, 'comments(first: 5) { nodes { id } }')
  expect(await countDocumentsExamined(comments.connection, read)).toEqual({
    documents: 600,
    collectionScans: 0,
  })
})

it('reads one more document than it returns for replies and the comments of a user', async () => {
  const replies = entities('Comment', [popularComment], 'replies(first: 5) { nodes { id } }')
  // Includes the parent comment.
  expect(await countDocumentsExamined(comments.connection, replies)).toEqual({
    documents: 7,
    collectionScans: 0,
  })
  const written = entities('User', [prolificAuthor], 'comments(first: 5) { nodes { id } }')
  expect(await countDocumentsExamined(comments.connection, written)).toEqual({
    documents: 6,
    collectionScans: 0,
  })
})

it('reads the replies to comments of which one has thousands, and no more than two pages of each', async () => {
  const quiet = await comments.seed({}, {})
  const ids = [popularComment, ...quiet.map(({ id }) => id)]
  await comments.seed({ parentId: ids[1] ?? '', depth: 1 }, { parentId: ids[2] ?? '', depth: 1 })
  const readReplies = entities('Comment', ids, 'replies(first: 5) { nodes { id } }')
  const { _entities: found } = await readReplies()
  const sizes = found.map(({ replies }: { replies: { nodes: unknown[] } }) => replies.nodes.length)
  expect(sizes).toEqual([5, 1, 1])
  const { documents } = await countDocumentsExamined(comments.connection, readReplies)
  expect(documents).toBeLessThanOrEqual(ids.length + 2 * ids.length * 6)
})

it('counts by stored counts, or by indexes without reading documents', async () => {
  const stored = { documents: posts.length, collectionScans: 0 }
  expect(await countDocumentsExamined(comments.connection, entities('Post', posts, 'commentCount'))).toEqual(
    stored,
  )
  const reply = { documents: 1, collectionScans: 0 }
  const replyCount = entities('Comment', [popularComment], 'replyCount')
  expect(await countDocumentsExamined(comments.connection, replyCount)).toEqual(reply)
  for (const [type, id, field, rows] of [
    ['Post', quietPost, 'comments', 1 + 2],
    ['Comment', popularComment, 'replies', 3],
    ['User', prolificAuthor, 'comments', 2],
  ] as const) {
    const total = entities(type, [id], `${field}(first: 1) { totalCount }`)
    expect(await countDocumentsExamined(comments.connection, total)).toEqual({
      documents: rows,
      collectionScans: 0,
    })
  }
})
