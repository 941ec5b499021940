import { newId } from '../../../packages/platform/ids/ids'
import { countDocumentsExamined } from '../../support/documentsExamined'
import { startComments, type TestComments } from './support'

const full = process.env['FULL'] === '1'
const many = full ? 50_000 : 5_000

let comments: TestComments
const crowded = newId('Post')
const quiet = newId('Post')
const posts = [crowded, quiet, ...Array.from({ length: 98 }, () => newId('Post'))]
const prolific = newId('User')
const answered = newId('Comment')

/** `count` comments at rising instants, stored in portions. */
async function storeMany(count: number, overrides: Parameters<TestComments['seed']>[0]) {
  const portion = 5000
  for (let stored = 0; stored < count; stored += portion) {
    await comments.seed(
      ...Array.from({ length: Math.min(portion, count - stored) }, (_, index) => ({
        ...overrides,
        createdAt: new Date(1_700_000_000_000 + stored + index),
      })),
    )
  }
}

beforeAll(async () => {
  comments = await startComments()
  await storeMany(many, { postId: crowded, authorId: prolific })
  await storeMany(50, { postId: quiet })
  await comments.seed({ id: answered, postId: quiet })
  await storeMany(many, { postId: newId('Post'), parentId: answered, depth: 1 })
  await comments.seed(...posts.slice(2).flatMap((postId) => Array.from({ length: 8 }, () => ({ postId }))))
}, 120_000)
afterAll(() => comments.close())

const entities = (type: string, ids: readonly string[], fields: string) => () =>
  comments.query(
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${fields} } } }`,
    {
      of: ids.map((id) => ({ __typename: type, id })),
    },
  )

test.each([
  ['five comments of each', 'comments(first: 5) { nodes { id body author { id } } }', ['aggregate']],
  ['the counts', 'commentCount', ['aggregate']],
  [
    'both, and the replies to each comment with their counts',
    'commentCount comments(first: 5) { nodes { replyCount replies(first: 2) { nodes { id } } } }',
    ['aggregate', 'aggregate', 'aggregate', 'aggregate'],
  ],
  ['the total, when it is selected', 'comments(first: 5) { totalCount }', ['aggregate', 'aggregate']],
])('for 10 posts and for 100, %s: as many commands', async (_, fields, expected) => {
  for (const count of [10, 100]) {
    const commands = await comments.recordCommands(entities('Post', posts.slice(0, count), fields))
    expect(commands).toEqual(expected)
  }
})

test('comments by reference are one command', async () => {
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

test('hundreds of references, pages and counts come in one answer each', async () => {
  const stored = await comments.seed(...Array.from({ length: 300 }, () => ({})))
  const ids = stored.map(({ id }) => id)
  await comments.seed(...ids.map((parentId) => ({ parentId, depth: 1 })))
  let data: { _entities: unknown[] } | undefined
  const commands = await comments.recordCommands(async () => {
    data = await entities('Comment', ids, 'replyCount replies(first: 5) { nodes { id } }')()
  })
  expect(data?._entities).toHaveLength(300)
  expect(commands.sort()).toEqual(['aggregate', 'aggregate', 'find'])
})

test('a page of the longest comments there can be', async () => {
  const postId = newId('Post')
  const body = '\u{1F98A}'.repeat(40_000)
  await comments.seed(...Array.from({ length: 110 }, () => ({ postId, body })))
  const data = await entities('Post', [postId], 'comments(first: 100) { nodes { body } }')()
  expect(data._entities[0].comments.nodes).toHaveLength(100)
})

test.each([
  ['first: 5', 6],
  ['last: 5', 6],
])('%s of a crowded post read no more documents than those of a quiet one', async (args, expected) => {
  for (const id of [crowded, quiet]) {
    const read = entities('Post', [id], `comments(${args}) { nodes { id } }`)
    expect(await countDocumentsExamined(comments.connection, read)).toEqual({
      documents: expected,
      collectionScans: 0,
    })
  }
})

test.each([
  ['first', 'after', 'last', 'startCursor'],
  ['last', 'before', 'first', 'endCursor'],
])('%s: 5 %s a row far from both ends read no more documents', async (size, position, start, at) => {
  const far = await entities('Post', [crowded], `comments(${start}: 100) { pageInfo { ${at} } }`)()
  const cursor = JSON.stringify(far._entities[0].comments.pageInfo[at])
  const read = entities('Post', [crowded], `comments(${size}: 5, ${position}: ${cursor}) { nodes { id } }`)
  const { nodes } = (await read())._entities[0].comments
  expect(nodes).toHaveLength(5)
  expect(await countDocumentsExamined(comments.connection, read)).toEqual({
    documents: 6,
    collectionScans: 0,
  })
})

test('five of each of 100 posts read what they return, one row more each', async () => {
  const read = entities('Post', posts, 'comments(first: 5) { nodes { id } }')
  expect(await countDocumentsExamined(comments.connection, read)).toEqual({
    documents: 600,
    collectionScans: 0,
  })
})

test('replies and the comments of a user read what they return', async () => {
  const replies = entities('Comment', [answered], 'replies(first: 5) { nodes { id } }')
  // One document is the comment itself.
  expect(await countDocumentsExamined(comments.connection, replies)).toEqual({
    documents: 7,
    collectionScans: 0,
  })
  const written = entities('User', [prolific], 'comments(first: 5) { nodes { id } }')
  expect(await countDocumentsExamined(comments.connection, written)).toEqual({
    documents: 6,
    collectionScans: 0,
  })
})

test('counting reads no documents, only indexes', async () => {
  const none = { documents: 0, collectionScans: 0 }
  expect(await countDocumentsExamined(comments.connection, entities('Post', posts, 'commentCount'))).toEqual(
    none,
  )
  const reply = { documents: 1, collectionScans: 0 }
  const replyCount = entities('Comment', [answered], 'replyCount')
  expect(await countDocumentsExamined(comments.connection, replyCount)).toEqual(reply)
  for (const [type, id, field, rows] of [
    ['Post', quiet, 'comments', 2],
    ['Comment', answered, 'replies', 3],
    ['User', prolific, 'comments', 2],
  ] as const) {
    const total = entities(type, [id], `${field}(first: 1) { totalCount }`)
    expect(await countDocumentsExamined(comments.connection, total)).toEqual({
      documents: rows,
      collectionScans: 0,
    })
  }
})
