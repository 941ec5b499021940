import type { Viewer } from '../../../packages/auth/viewer'
import { createViewer } from '../../support/subgraph'
import { startPosts, type TestPosts } from './support'

const hourMs = 60 * 60 * 1000
let clock = new Date('2030-05-01T00:00:00Z')
let posts: TestPosts
let other: TestPosts
beforeAll(async () => {
  posts = await startPosts({ now: () => clock })
  other = await startPosts({ now: () => clock, database: posts.connection.name })
})
afterAll(async () => {
  await other.close()
  await posts.close()
})

const document = `mutation ($input: CreatePostInput!) {
  createPost(input: $input) { post { id title updatedAt } userErrors { code field } }
}`
async function create(viewer: Viewer, input: object, through = posts) {
  const { createPost } = await through.query(document, { input: { title: 'T', body: 'B', ...input } }, viewer)
  return createPost
}
const countStored = (authorId: string) => posts.connection.collection('posts').countDocuments({ authorId })

describe('an idempotency key of createPost', () => {
  it('creates one post for 20 concurrent requests to two processes', async () => {
    const author = createViewer()
    const input = { idempotencyKey: 'form-1', publish: true }
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, index) => create(author, input, index % 2 ? other : posts)),
    )
    expect(new Set(created.map(({ post }) => post.id)).size).toBe(1)
    expect(await countStored(author.id)).toBe(1)
  })

  it('belongs to its viewer, and decides alone: other values return the first post', async () => {
    const [author, another] = [createViewer(), createViewer()]
    const first = await create(author, { title: 'First', idempotencyKey: 'form-2' })
    expect(await create(author, { title: 'Second', idempotencyKey: 'form-2' })).toEqual(first)
    expect((await create(another, { idempotencyKey: 'form-2' })).post.id).not.toBe(first.post.id)
    expect((await create(author, { idempotencyKey: 'form-3' })).post.id).not.toBe(first.post.id)
    expect(await countStored(author.id)).toBe(2)
  })

  it('returns the first post as it is now, for 24 hours', async () => {
    const author = createViewer()
    const start = clock
    const { post } = await create(author, { title: 'Old', idempotencyKey: 'form-4' })
    const update = `mutation { updatePost(input: { postId: "${post.id}", title: "New" }) { post { id } } }`
    await posts.query(update, {}, author)
    try {
      clock = new Date(start.getTime() + 24 * hourMs - 1)
      expect((await create(author, { idempotencyKey: 'form-4' })).post).toMatchObject({
        id: post.id,
        title: 'New',
      })
      clock = new Date(start.getTime() + 24 * hourMs)
      const next = await create(author, { title: 'Next', idempotencyKey: 'form-4' })
      expect(next.post.id).not.toBe(post.id)
      expect(await create(author, { idempotencyKey: 'form-4' })).toEqual(next)
    } finally {
      clock = start
    }
  })

  it.each([
    ['', 'TOO_SHORT'],
    ['k'.repeat(201), 'TOO_LONG'],
  ])('has 1 to 200 characters', async (idempotencyKey, code) => {
    const { userErrors } = await create(createViewer(), { idempotencyKey })
    expect(userErrors).toEqual([{ code, field: ['idempotencyKey'] }])
  })
})

describe('expectedUpdatedAt of updatePost', () => {
  const update = `mutation ($input: UpdatePostInput!) {
    updatePost(input: $input) { post { title updatedAt } userErrors { code field } }
  }`
  const conflict = { post: null, userErrors: [{ code: 'CONFLICT', field: ['expectedUpdatedAt'] }] }

  it('rejects an update of a state that has changed, also within a millisecond and without changes', async () => {
    const author = createViewer()
    const { post } = await create(author, {})
    const change = async (input: object) =>
      (await posts.query(update, { input: { postId: post.id, ...input } }, author)).updatePost
    const { post: updated } = await change({ title: 'A', expectedUpdatedAt: post.updatedAt })
    expect(updated.title).toBe('A')
    expect(await change({ title: 'B', expectedUpdatedAt: post.updatedAt })).toEqual(conflict)
    expect(await change({ title: 'A', expectedUpdatedAt: post.updatedAt })).toEqual(conflict)
    expect((await change({ title: 'B', expectedUpdatedAt: updated.updatedAt })).userErrors).toEqual([])
    expect((await change({ title: 'C' })).userErrors).toEqual([])
  })

  it('lets one of 10 concurrent updates of the same state succeed', async () => {
    const author = createViewer()
    const { post } = await create(author, {})
    const results = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const input = { postId: post.id, title: `T${index}`, expectedUpdatedAt: post.updatedAt }
        return (await (index % 2 ? other : posts).query(update, { input }, author)).updatePost
      }),
    )
    expect(results.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1)
  })
})
