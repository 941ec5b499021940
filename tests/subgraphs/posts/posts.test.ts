import { createViewer } from '../../support/subgraph'
import { findStoredPost } from './peers'
import { mutate, postFields, startPosts, waitUntilPublished, type TestPosts } from './support'

let posts: TestPosts
const start = new Date('2030-01-01T12:00:00.000Z')
let clock = start
beforeAll(async () => {
  posts = await startPosts({ now: () => clock })
})
beforeEach(() => {
  clock = start
})
afterAll(() => posts.close())

const read = async (id: string, viewer = createViewer()) =>
  (await posts.query(`query ($id: ID!) { post(id: $id) { ${postFields} } }`, { id }, viewer)).post

describe('createPost', () => {
  it('creates a draft by default', async () => {
    const author = createViewer()
    const input = {
      title: '  Hello, Agora  ',
      body: '# Welcome\n\nThis is *Agora*.',
      imageUrl: 'https://example.org/a.png',
      tags: ['#News', 'news', ' Open  Source '],
    }
    const { payload } = await mutate(posts, 'createPost', input, author)
    expect(payload.userErrors).toEqual([])
    expect(payload.post).toEqual({
      id: expect.stringMatching(/^pst_[0-9a-f]{32}$/),
      title: 'Hello, Agora',
      body: '# Welcome\n\nThis is *Agora*.',
      excerpt: 'Welcome This is Agora.',
      imageUrl: 'https://example.org/a.png',
      tags: ['news', 'open-source'],
      status: 'DRAFT',
      publishedAt: null,
      createdAt: '2030-01-01T12:00:00.000Z',
      updatedAt: '2030-01-01T12:00:00.000Z',
      author: { __typename: 'User', id: author.id },
      event: null,
      viewerCanUpdate: true,
      viewerCanDelete: true,
    })
    expect(await read(payload.post.id, author)).toEqual(payload.post)
  })

  it('creates a published post when publish is true', async () => {
    const { payload } = await mutate(
      posts,
      'createPost',
      { title: 'T', body: '', publish: true },
      createViewer(),
    )
    expect(payload.post).toMatchObject({
      status: 'PUBLISHED',
      publishedAt: '2030-01-01T12:00:00.000Z',
      body: '',
      excerpt: '',
    })
    expect(await read(payload.post.id)).toMatchObject({ viewerCanUpdate: false, viewerCanDelete: false })
  })

  it('keeps leading white space, which has a meaning in Markdown', async () => {
    const { payload } = await mutate(
      posts,
      'createPost',
      { title: 'T', body: '    code\n\n' },
      createViewer(),
    )
    expect(payload.post).toMatchObject({ body: '    code', excerpt: 'code' })
  })
})

describe('updatePost', () => {
  const validInput = {
    title: 'Before',
    body: 'Before',
    tags: ['before'],
    imageUrl: 'https://example.org/before.png',
    publish: true,
  }
  const create = async (author = createViewer(), input = {}) => {
    const { payload } = await mutate(posts, 'createPost', { ...validInput, ...input }, author)
    return { author, post: payload.post }
  }

  it('changes the specified fields only', async () => {
    const { author, post } = await create()
    clock = new Date('2030-01-02T00:00:00Z')
    const { payload } = await mutate(posts, 'updatePost', { postId: post.id, body: 'After' }, author)
    const expected = { ...post, body: 'After', excerpt: 'After', updatedAt: '2030-01-02T00:00:00.000Z' }
    expect(payload).toEqual({ post: expected, userErrors: [] })
    expect(await read(post.id, author)).toEqual(expected)
  })

  it('stores a text that begins with $ literally', async () => {
    const { author, post } = await create()
    const input = { postId: post.id, title: '$title', body: '$$ROOT', tags: ['$tag'] }
    const { payload } = await mutate(posts, 'updatePost', input, author)
    expect(payload.post).toMatchObject({ title: '$title', body: '$$ROOT', tags: ['$tag'] })
    expect(await read(post.id, author)).toMatchObject({ title: '$title', body: '$$ROOT', tags: ['$tag'] })
  })

  it('clears optional fields with null', async () => {
    const { author, post } = await create()
    const input = { postId: post.id, imageUrl: null, tags: null, eventId: null }
    const { payload } = await mutate(posts, 'updatePost', input, author)
    expect(payload.post).toMatchObject({ imageUrl: null, tags: [], event: null, title: 'Before' })
  })

  it('returns REQUIRED for null in a required field', async () => {
    const { author, post } = await create()
    const { payload } = await mutate(
      posts,
      'updatePost',
      { postId: post.id, title: null, body: null },
      author,
    )
    expect(payload.post).toBeNull()
    expect(payload.userErrors).toMatchObject([
      { code: 'REQUIRED', field: ['title'] },
      { code: 'REQUIRED', field: ['body'] },
    ])
    expect(await read(post.id, author)).toEqual(post)
  })

  it('writes nothing when nothing changes', async () => {
    const { author, post } = await create()
    clock = new Date('2030-01-02T00:00:00Z')
    await waitUntilPublished(posts)
    const before = await findStoredPost(posts, post.id)
    for (const saved of [
      {},
      { title: 'Before', body: 'Before\n', tags: ['Before'], imageUrl: post.imageUrl, eventId: null },
    ]) {
      const { payload } = await mutate(posts, 'updatePost', { postId: post.id, ...saved }, author)
      expect(payload.post).toEqual(post)
    }
    expect(await findStoredPost(posts, post.id)).toEqual(before)
  })
})

describe('publishPost', () => {
  it('sets publishedAt once', async () => {
    const author = createViewer()
    const created = await mutate(posts, 'createPost', { title: 'T', body: 'B' }, author)
    const postId: string = created.payload.post.id
    clock = new Date('2030-01-02T00:00:00Z')
    const first = await mutate(posts, 'publishPost', { postId }, author)
    expect(first.payload).toMatchObject({
      post: { status: 'PUBLISHED', publishedAt: '2030-01-02T00:00:00.000Z' },
      userErrors: [],
    })
    clock = new Date('2030-01-03T00:00:00Z')
    const second = await mutate(posts, 'publishPost', { postId }, author)
    expect(second.payload).toEqual(first.payload)
  })

  it('sets publishedAt once when two processes publish concurrently', async () => {
    const other = await startPosts({
      database: posts.connection.name,
      now: () => new Date('2031-01-01T00:00:00Z'),
    })
    const author = createViewer()
    const { payload } = await mutate(posts, 'createPost', { title: 'T', body: 'B' }, author)
    const postId: string = payload.post.id
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        mutate(index % 2 ? other : posts, 'publishPost', { postId }, author),
      ),
    )
    const times = results.map((result) => result.payload.post.publishedAt)
    expect(new Set(times).size).toBe(1)
    await other.close()
  })
})

describe('deletePost', () => {
  it('deletes the post', async () => {
    const author = createViewer()
    const created = await mutate(posts, 'createPost', { title: 'T', body: 'B', publish: true }, author)
    const postId: string = created.payload.post.id
    const { payload } = await mutate(posts, 'deletePost', { postId }, author)
    expect(payload).toEqual({ deletedPostId: postId, userErrors: [] })
    expect(await read(postId)).toBeNull()
    const again = await mutate(posts, 'deletePost', { postId }, author)
    expect(again.payload).toMatchObject({
      deletedPostId: null,
      userErrors: [{ code: 'NOT_FOUND', field: ['postId'] }],
    })
  })
})

it('lets each mutation of an operation see the changes of the previous ones', async () => {
  const author = createViewer()
  const { payload } = await mutate(posts, 'createPost', { title: 'T', body: 'B' }, author)
  const document = `mutation ($id: ID!) {
    renamed: updatePost(input: { postId: $id, title: "New" }) { post { title status } }
    published: publishPost(input: { postId: $id }) { post { title status } }
    again: publishPost(input: { postId: $id }) { post { title status } }
    unchanged: updatePost(input: { postId: $id }) { post { title status } }
    deleted: deletePost(input: { postId: $id }) { deletedPostId }
    rejected: updatePost(input: { postId: $id, title: "Newer" }) { post { title } userErrors { code } }
  }`
  const post = { title: 'New', status: 'PUBLISHED' }
  expect(await posts.query(document, { id: payload.post.id }, author)).toEqual({
    renamed: { post: { title: 'New', status: 'DRAFT' } },
    published: { post },
    again: { post },
    unchanged: { post },
    deleted: { deletedPostId: payload.post.id },
    rejected: { post: null, userErrors: [{ code: 'NOT_FOUND' }] },
  })
})
