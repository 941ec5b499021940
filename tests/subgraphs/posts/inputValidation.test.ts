import { newId } from '../../../packages/platform/ids/ids'
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

const good = { title: 'T', body: 'B' }
const emoji = '😀'

describe('createPost says in userErrors', () => {
  it.each([
    ['an empty title', { title: '' }, 'TOO_SHORT', ['title']],
    ['a blank title', { title: ' \n\t ' }, 'TOO_SHORT', ['title']],
    ['a title of 201 emoji', { title: emoji.repeat(201) }, 'TOO_LONG', ['title']],
    ['a body of 100,001', { body: emoji.repeat(100_001) }, 'TOO_LONG', ['body']],
    ['31 tags', { tags: Array.from({ length: 31 }, (_, n) => `tag-${n}`) }, 'TOO_LONG', ['tags']],
    ['an empty tag', { tags: ['fine', ' # '] }, 'TOO_SHORT', ['tags', '1']],
    ['a tag of 101', { tags: ['x'.repeat(101)] }, 'TOO_LONG', ['tags', '0']],
    ['an address without a scheme', { imageUrl: 'example.org/a.png' }, 'INVALID', ['imageUrl']],
    ['an address that runs', { imageUrl: 'javascript:alert(1)' }, 'INVALID', ['imageUrl']],
    [
      'an address of 2,001',
      { imageUrl: `https://example.org/${'a'.repeat(1981)}` },
      'TOO_LONG',
      ['imageUrl'],
    ],
  ])('%s', async (_, input, code, field) => {
    const { payload } = await mutate(posts, 'createPost', { ...good, ...input }, viewer)
    expect(payload).toEqual({ post: null, userErrors: [{ code, field, message: expect.any(String) }] })
    const update = await mutate(posts, 'updatePost', { postId: post.id, ...input }, viewer)
    expect(update.payload).toEqual(payload)
  })

  it('everything at once', async () => {
    const input = { title: '', body: 'x'.repeat(100_001), imageUrl: 'no', tags: [''] }
    const { payload } = await mutate(posts, 'createPost', input, viewer)
    const fields = payload.userErrors.map((error: { field: string[] }) => error.field.join('.'))
    expect(fields.sort()).toEqual(['body', 'imageUrl', 'tags.0', 'title'])
  })
})

describe('at the top level, with its path', () => {
  it.each([
    ['NUL in a title', { title: 'a\0b' }, ['input', 'title']],
    ['half a surrogate pair in a body', { body: 'a\ud83d' }, ['input', 'body']],
    ['NUL in a tag', { tags: ['fine', 'a\0'] }, ['input', 'tags', 1]],
    ['an ID of another type', { eventId: newId('User') }, ['input', 'eventId']],
    ['no ID at all', { eventId: 'evt_1' }, ['input', 'eventId']],
    ['an ID in capitals', { eventId: newId('Event').toUpperCase() }, ['input', 'eventId']],
  ])('createPost: %s', async (_, input, argument) => {
    const { answer } = await mutate(posts, 'createPost', { ...good, ...input }, viewer)
    expect(readSingleError(answer)).toEqual({ code: 'BAD_USER_INPUT', path: ['createPost'], argument })
  })

  it.each(['updatePost', 'publishPost', 'deletePost'] as const)('%s: an ID of another type', async (name) => {
    const { answer } = await mutate(posts, name, { postId: newId('Comment') }, viewer)
    expect(readSingleError(answer)).toEqual({
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
    const { answer } = await mutate(posts, 'createPost', { ...good, ...input }, viewer)
    expect(readSingleError(answer).code).toBe('BAD_USER_INPUT')
  })

  it.each([
    ['an ID of another type', { id: newId('User') }, 'BAD_USER_INPUT', ['id']],
    ['a number', { id: 5 }, 'BAD_USER_INPUT', ['id']],
    ['an ID with something behind it', { id: `${newId('Post')}\n` }, 'BAD_USER_INPUT', ['id']],
  ])('post: %s', async (_, variables, code, argument) => {
    const answer = await posts.send('query ($id: ID!) { post(id: $id) { id } }', variables)
    expect(readSingleError(answer)).toEqual({ code, path: ['post'], argument })
  })

  it.each([
    ['a page of 0', { first: 0 }, ['first']],
    ['a page of 101', { first: 101 }, ['first']],
    ['a negative page', { last: -1 }, ['last']],
    ['both directions', { first: 1, last: 1 }, ['first']],
    ['both cursors', { after: 'x', before: 'x' }, ['after']],
    ['a made-up cursor', { after: 'nonsense' }, ['after']],
    ['an empty cursor', { after: '' }, ['after']],
    [
      'a cursor that is no text',
      { before: Buffer.from('["a",{"$gt":""},1]').toString('base64url') },
      ['before'],
    ],
    ['a search of 201', { filter: { search: emoji.repeat(201) } }, ['filter', 'search']],
    ['RELEVANCE without a search', { orderBy: 'RELEVANCE' }, ['orderBy']],
    ['an author of another type', { filter: { authorId: newId('Post') } }, ['filter', 'authorId']],
    ['an event of another type', { filter: { eventId: newId('Post') } }, ['filter', 'eventId']],
    ['NUL in a tag', { filter: { tag: '\0' } }, ['filter', 'tag']],
    ['half a surrogate pair in a search', { filter: { search: '\udc00' } }, ['filter', 'search']],
  ])('posts: %s', async (_, variables, argument) => {
    const answer = await posts.send(postsDocument, variables)
    expect(readSingleError(answer)).toEqual({ code: 'BAD_USER_INPUT', path: ['posts'], argument })
    expect(answer.data).toEqual({ posts: null })
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

describe('what is no error', () => {
  it('an unknown ID in a query is null', async () => {
    const id = createUnknownId('Post')
    expect(await posts.query('query ($id: ID!) { post(id: $id) { id } }', { id })).toEqual({ post: null })
  })

  it('a reference that cannot be is null', async () => {
    const of = [createUnknownId('Post'), 'nonsense', newId('User'), post.id].map((id) => ({
      __typename: 'Post',
      id,
    }))
    const document = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Post { id } } }'
    const { _entities: found } = await posts.query(document, { of })
    expect(found).toEqual([null, null, null, { id: post.id }])
  })

  it('an unknown ID in input is NOT_FOUND', async () => {
    const { payload } = await mutate(posts, 'publishPost', { postId: createUnknownId('Post') }, viewer)
    expect(payload.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['postId'] }])
  })

  it.each([
    ['a tag that nothing has', { tag: 'x'.repeat(50_000) }],
    ['a tag that takes long to normalise', { tag: 'a' + '\u0300\u0316'.repeat(250_000) }],
    ['a search without a word', { search: '?! "" -x'.slice(0, 6) }],
    ['an empty search', { search: '' }],
    ['no statuses', { statuses: [] }],
    ['a person without posts', { authorId: createUnknownId('User') }],
  ])('%s finds nothing, at once', async (_, filter) => {
    const began = Date.now()
    const document =
      'query ($filter: PostFilter) { posts(filter: $filter) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }'
    expect(await posts.query(document, { filter })).toEqual({
      posts: { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false, endCursor: null } },
    })
    expect(Date.now() - began).toBeLessThan(10_000)
  })
})

describe('at the limits', () => {
  let written: string | undefined
  afterEach(async () => {
    if (written) await mutate(posts, 'deletePost', { postId: written }, viewer)
    written = undefined
  })

  it.each([
    ['emoji', { title: emoji.repeat(200), body: emoji.repeat(100_000), tags: [emoji.repeat(100)] }],
    ['the longest texts', { title: 'x'.repeat(200), body: 'word '.repeat(20_000).trim() }],
    ['30 tags', { ...good, tags: Array.from({ length: 30 }, (_, n) => `tag-${n}`) }],
    [
      'Chinese',
      {
        ...good,
        body: Array.from({ length: 100_000 }, (_, n) =>
          String.fromCodePoint(0x4e00 + ((n * 7919) % 20_000)),
        ).join(''),
      },
    ],
  ])('%s are stored as they are', async (_, input) => {
    const began = Date.now()
    const { payload, answer } = await mutate(posts, 'createPost', input, viewer)
    expect(answer.errors).toBeUndefined()
    expect(payload.userErrors).toEqual([])
    expect(payload.post).toMatchObject(input)
    expect(Date.now() - began).toBeLessThan(20_000)
    written = payload.post.id
  })
})
