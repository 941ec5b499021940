import { newId } from '../../../schema/ids'
import { startComments, type TestComments } from './support'

// Exceeds the number of documents that MongoDB's planner reads while it tries several indexes.
const size = 2600
let comments: TestComments
beforeAll(async () => {
  comments = await startComments()
})
afterAll(() => comments.close())

describe.each(['VISIBLE', 'DELETED', 'HIDDEN'] as const)('with thousands of %s comments', (status) => {
  const post = newId('Post')
  const parentId = newId('Comment')
  const authorId = newId('User')
  const listed = status === 'VISIBLE' ? size : 0

  beforeAll(async () => {
    const own = { status, postId: post, authorId }
    await comments.seed(
      { id: parentId, postId: newId('Post') },
      ...Array.from({ length: size }, () => ({ ...own, parentId, depth: 1 })),
    )
  })

  it.each([
    ['Post.comments', 'Post', post, 'comments', 0],
    ['Comment.replies', 'Comment', parentId, 'replies', size],
    ['User.comments', 'User', authorId, 'comments', listed],
  ] as const)('lists %s', async (_, type, id, field, count) => {
    const list = `${field}(first: 3) { totalCount nodes { id } } last: ${field}(last: 3) { nodes { id } }`
    const found = await comments.fetchEntity(type, id, list)
    const pageLength = Math.min(3, count)
    expect(found[field].totalCount).toBe(count)
    expect([found[field].nodes.length, found.last.nodes.length]).toEqual([pageLength, pageLength])
  })
})
