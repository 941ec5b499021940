import { newId } from '../../../schema/ids'
import { createViewer } from '../../support/subgraph'
import {
  countStoredPosts,
  readSingleError,
  makePost,
  mutate,
  createUnknownId,
  startPosts,
  type TestPosts,
} from './support'
import { expectDurationBelow } from '../../support/duration'

let posts: TestPosts
const viewer = createViewer()
const post = makePost({ authorId: viewer.id })
beforeAll(async () => {
  posts = await startPosts()
  await posts.seed([post])
})
afterAll(() => posts.close())

const countAll = () => countStoredPosts(posts)
let before: number
beforeEach(async () => {
  before = await countAll()
})
afterEach(async () => {
  expect(await countAll()).toBe(before)
  expect(await posts.connection.collection<{ _id: string }>('posts').findOne({ _id: post.id })).toMatchObject(
    {
      title: post.title,
      body: post.body,
      tags: [],
      updatedAt: post.updatedAt,
    },
  )
})

const validContent = { title: 'T', body: 'B' }
const emoji = '😀'

describe('createPost and updatePost return userErrors for', () => {
  it.each([
    ['an empty title', { title: '' }, 'TOO_SHORT', ['title']],
    ['a blank title', { title: ' \n\t ' }, 'TOO_SHORT', ['title']],
    ['a title of 201 emoji', { title: emoji.repeat(201) }, 'TOO_LONG', ['title']],
    ['a body of 100,001 emoji', { body: emoji.repeat(100_001) }, 'TOO_LONG', ['body']],
    ['31 tags', { tags: Array.from({ length: 31 }, (_, n) => `tag-${n}`) }, 'TOO_LONG', ['tags']],
    ['an empty tag', { tags: ['fine', ' # '] }, 'TOO_SHORT', ['tags', '1']],
    ['a tag of 101 characters', { tags: ['x'.repeat(101)] }, 'TOO_LONG', ['tags', '0']],
    ['a URL without a scheme', { imageUrl: 'example.org/a.png' }, 'INVALID', ['imageUrl']],
    ['a javascript URL', { imageUrl: 'javascript:alert(1)' }, 'INVALID', ['imageUrl']],
    [
      'a URL of 2,001 characters',
      { imageUrl: `https://example.org/${'a'.repeat(1981)}` },
      'TOO_LONG',
      ['imageUrl'],
    ],
  ])('%s', async (_, input, code, field) => {
    const { payload } = await mutate(posts, 'createPost', { ...validContent, ...input }, viewer)
    expect(payload).toEqual({ post: null, userErrors: [{ code, field, message: expect.any(String) }] })
    const update = await mutate(posts, 'updatePost', { postId: post.id, ...input }, viewer)
    expect(update.payload).toEqual(payload)
  })

  it('all invalid fields at once', async () => {
    const input = { title: '', body: 'x'.repeat(100_001), imageUrl: 'no', tags: [''] }
    const { payload } = await mutate(posts, 'createPost', input, viewer)
    const fields = payload.userErrors.map((error: { field: string[] }) => error.field.join('.'))
    expect(fields.sort()).toEqual(['body', 'imageUrl', 'tags.0', 'title'])
  })
})

describe('a request is rejected at the top level, with the path of the argument, for', () => {
  it.each([
    ['NUL in a title', { title: 'a\0b' }, ['input', 'title']],
    ['half a surrogate pair in a body', { body: 'a\ud83d' }, ['input', 'body']],
    ['NUL in a tag', { tags: ['fine', 'a\0'] }, ['input', 'tags', 1]],
    ['an ID of another type', { eventId: newId('User') }, ['input', 'eventId']],
    ['an invalid ID', { eventId: 'evt_1' }, ['input', 'eventId']],
    ['an ID in capitals', { eventId: newId('Event').toUpperCase() }, ['input', 'eventId']],
  ])('createPost: %s', async (_, input, argument) => {
    const { response } = await mutate(posts, 'createPost', { ...validContent, ...input }, viewer)
    expect(readSingleError(response)).toEqual({ code: 'BAD_USER_INPUT', path: ['createPost'], argument })
  })

  it.each(['updatePost', 'publishPost', 'deletePost'] as const)('%s: an ID of another type', async (name) => {
    const { response } = await mutate(posts, name, { postId: newId('Comment') }, viewer)
    expect(readSingleError(response)).toEqual({
      code: 'BAD_USER_INPUT',
      path: [name],
      argument: ['input', 'postId'],
    })
  })

  it.each([
    ['an operator object for a title', { title: { $gt: '' } }],
    ['a number for a title', { title: 5 }],
    ['null for a title', { title: null }],
    ['a list of operator objects for tags', { tags: [{ $ne: null }] }],
    ['an operator object for an ID', { eventId: { $ne: null } }],
    ['a field that does not exist', { authorId: newId('User') }],
  ])('createPost: %s', async (_, input) => {
    const { response } = await mutate(posts, 'createPost', { ...validContent, ...input }, viewer)
    expect(readSingleError(response).code).toBe('BAD_USER_INPUT')
  })

  it.each([
    ['an ID of another type', { id: newId('User') }, 'BAD_USER_INPUT', ['id']],
    ['a number', { id: 5 }, 'BAD_USER_INPUT', ['id']],
    ['an ID followed by a line break', { id: `${newId('Post')}\n` }, 'BAD_USER_INPUT', ['id']],
  ])('post: %s', async (_, variables, code, argument) => {
    const response = await posts.send('query ($id: ID!) { post(id: $id) { id } }', variables)
    expect(readSingleError(response)).toEqual({ code, path: ['post'], argument })
  })

  it.each([
    ['a page of 0', { first: 0 }, ['first']],
    ['a page of 101', { first: 101 }, ['first']],
    ['a negative page', { last: -1 }, ['last']],
    ['both directions', { first: 1, last: 1 }, ['first']],
    ['both cursors', { after: 'x', before: 'x' }, ['after']],
    ['an invalid cursor', { after: 'nonsense' }, ['after']],
    ['an empty cursor', { after: '' }, ['after']],
    [
      'a cursor that contains an object',
      { before: Buffer.from('["a",{"$gt":""},1]').toString('base64url') },
      ['before'],
    ],
    ['a search of 201 characters', { filter: { search: emoji.repeat(201) } }, ['filter', 'search']],
    ['RELEVANCE without a search', { orderBy: 'RELEVANCE' }, ['orderBy']],
    ['an author of another type', { filter: { authorId: newId('Post') } }, ['filter', 'authorId']],
    ['an event of another type', { filter: { eventId: newId('Post') } }, ['filter', 'eventId']],
    ['NUL in a tag', { filter: { tag: '\0' } }, ['filter', 'tag']],
    ['half a surrogate pair in a search', { filter: { search: '\udc00' } }, ['filter', 'search']],
  ])('posts: %s', async (_, variables, argument) => {
    const response = await posts.send(postsDocument, variables)
    expect(readSingleError(response)).toEqual({ code: 'BAD_USER_INPUT', path: ['posts'], argument })
    expect(response.data).toEqual({ posts: null })
  })

  it.each([
    ['an operator object for a search', { filter: { search: { $where: '1' } } }],
    ['an operator object for a tag', { filter: { tag: { $ne: '' } } }],
    ['a status that does not exist', { filter: { statuses: ['HIDDEN'] } }],
    ['an order that does not exist', { orderBy: 'COMMENT_COUNT_ASC' }],
  ])('posts: %s', async (_, variables) => {
    expect(readSingleError(await posts.send(postsDocument, variables)).code).toBe('BAD_USER_INPUT')
  })

  const postsDocument = `query (
    $first: Int, $after: String, $last: Int, $before: String, $filter: PostFilter, $orderBy: PostOrder! = PUBLISHED_AT_DESC
  ) {
    posts(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
      nodes { id }
    }
  }`
})

describe('without an error', () => {
  it('returns null for an unknown ID in a query', async () => {
    const id = createUnknownId('Post')
    expect(await posts.query('query ($id: ID!) { post(id: $id) { id } }', { id })).toEqual({ post: null })
  })

  it('returns null for an unknown or invalid reference', async () => {
    const of = [createUnknownId('Post'), 'nonsense', newId('User'), post.id].map((id) => ({
      __typename: 'Post',
      id,
    }))
    const document = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Post { id } } }'
    const { _entities: found } = await posts.query(document, { of })
    expect(found).toEqual([null, null, null, { id: post.id }])
  })

  it('returns NOT_FOUND as a user error for an unknown ID in input', async () => {
    const { payload } = await mutate(posts, 'publishPost', { postId: createUnknownId('Post') }, viewer)
    expect(payload.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['postId'] }])
  })

  it.each([
    ['an unknown tag', { tag: 'x'.repeat(50_000) }],
    ['a tag that is expensive to normalize', { tag: 'a' + '\u0300\u0316'.repeat(250_000) }],
    ['a search without words', { search: '?! "" -x'.slice(0, 6) }],
    ['no statuses', { statuses: [] }],
    ['an author without posts', { authorId: createUnknownId('User') }],
  ])('returns an empty list quickly for %s', async (_, filter) => {
    const startedAt = performance.now()
    const document =
      'query ($filter: PostFilter) { posts(filter: $filter) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }'
    expect(await posts.query(document, { filter })).toEqual({
      posts: { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false, endCursor: null } },
    })
    expectDurationBelow(10_000, startedAt)
  })
})

describe('content at the limits', () => {
  let createdId: string | undefined
  afterEach(async () => {
    if (createdId) await mutate(posts, 'deletePost', { postId: createdId }, viewer)
    createdId = undefined
  })

  it.each([
    [
      '200 and 100,000 emoji',
      { title: emoji.repeat(200), body: emoji.repeat(100_000), tags: [emoji.repeat(100)] },
    ],
    ['the longest texts', { title: 'x'.repeat(200), body: 'word '.repeat(20_000).trim() }],
    ['30 tags', { ...validContent, tags: Array.from({ length: 30 }, (_, n) => `tag-${n}`) }],
    [
      'Chinese',
      {
        ...validContent,
        body: Array.from({ length: 100_000 }, (_, n) =>
          String.fromCodePoint(0x4e00 + ((n * 7919) % 20_000)),
        ).join(''),
      },
    ],
  ])('is stored unchanged: %s', async (_, input) => {
    const startedAt = performance.now()
    const { payload, response } = await mutate(posts, 'createPost', input, viewer)
    expect(response.errors).toBeUndefined()
    expect(payload.userErrors).toEqual([])
    expect(payload.post).toMatchObject(input)
    expectDurationBelow(20_000, startedAt)
    createdId = payload.post.id
  })
})
