import { newId } from '../../../schema/ids'
import { startComments, type TestComments } from './support'

let comments: TestComments
beforeAll(async () => {
  comments = await startComments()
})
afterAll(() => comments.close())

const page = `edges { cursor node { id } } nodes { id }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount`

/** Reads a list from one end to the other. Returns the IDs of each page. */
async function readAllPages(type: 'Post' | 'User' | 'Comment', field: string, id: string, backward: boolean) {
  const pages: string[][] = []
  let cursor: string | null = null
  for (;;) {
    const args = backward
      ? `last: 3 before: ${JSON.stringify(cursor)}`
      : `first: 3 after: ${JSON.stringify(cursor)}`
    const { [field]: list } = await comments.fetchEntity(type, id, `${field}(${args}) { ${page} }`)
    pages.push(list.nodes.map((node: { id: string }) => node.id))
    expect(list.edges.map((edge: { node: { id: string } }) => edge.node.id)).toEqual(pages.at(-1))
    expect(list.pageInfo[backward ? 'hasNextPage' : 'hasPreviousPage']).toBe(cursor !== null)
    if (!list.pageInfo[backward ? 'hasPreviousPage' : 'hasNextPage']) return pages
    cursor = list.pageInfo[backward ? 'startCursor' : 'endCursor']
  }
}

/** Seeds eight comments at three different times. */
async function seedEight(of: { postId: string; parentId?: string; depth?: number; authorId?: string }) {
  const seconds = [1, 1, 2, 2, 2, 2, 3, 3]
  const stored = await comments.seed(
    ...seconds.map((second) => ({ ...of, createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)) })),
  )
  return stored
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id)
}

describe('the lists of comments', () => {
  const postId = newId('Post')
  const authorId = newId('User')
  const ids: Record<string, string[]> = {}
  let parentId: string

  beforeAll(async () => {
    ids['Post.comments'] = await seedEight({ postId })
    parentId = ids['Post.comments'][0] ?? ''
    ids['Comment.replies'] = await seedEight({ postId, parentId, depth: 1 })
    ids['User.comments'] = (await seedEight({ postId: newId('Post'), authorId })).reverse()
  })

  it.each([
    ['Post', 'comments', () => postId],
    ['Comment', 'replies', () => parentId],
    ['User', 'comments', () => authorId],
  ] as const)(
    'contain the same rows in both directions, also with equal times: %s.%s',
    async (type, field, id) => {
      const expected = ids[`${type}.${field}`] ?? []
      const forward = await readAllPages(type, field, id(), false)
      expect(forward.map((each) => each.length)).toEqual([3, 3, 2])
      expect(forward.flat()).toEqual(expected)
      const backward = await readAllPages(type, field, id(), true)
      expect(backward.map((each) => each.length)).toEqual([3, 3, 2])
      expect(backward.reverse().flat()).toEqual(expected)
      const { [field]: list } = await comments.fetchEntity(type, id(), `${field} { ${page} }`)
      expect(list.totalCount).toBe(8)
      expect(list.nodes).toHaveLength(8)
    },
  )

  it('reject cursors of other lists', async () => {
    const { comments: list } = await comments.fetchEntity('Post', postId, `comments(first: 1) { ${page} }`)
    const after = JSON.stringify(list.pageInfo.endCursor)
    for (const [type, id, field] of [
      ['Post', newId('Post'), 'comments'],
      ['User', authorId, 'comments'],
      ['Comment', parentId, 'replies'],
    ] as const) {
      const document = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${field}(after: ${after}) { totalCount } } } }`
      const response = await comments.send(document, { of: [{ __typename: type, id }] })
      expect(response.errors).toMatchObject([
        { path: ['_entities', 0, field], extensions: { code: 'BAD_USER_INPUT', argument: ['after'] } },
      ])
      expect(response.data._entities[0][field]).toBeNull()
    }
  })

  it.each([
    ['first: 0', 'first'],
    ['first: 101', 'first'],
    ['last: -1', 'last'],
    ['first: 2, last: 2', 'first'],
    ['after: "made up"', 'after'],
    ['before: "eyJhIjoxfQ"', 'before'],
    ['after: ""', 'after'],
  ])('reject a page of %s with BAD_USER_INPUT', async (args, argument) => {
    const document = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Post { comments(${args}) { totalCount } } } }`
    const response = await comments.send(document, { of: [{ __typename: 'Post', id: postId }] })
    expect(response.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: [argument] } }])
  })
})

describe('a thread', () => {
  it('contains post, parent, depth and author of a comment, and is empty for a post without comments', async () => {
    const [top] = await comments.seed({})
    const [reply] = await comments.seed({ postId: top?.postId, parentId: top?.id, depth: 1 })
    const data = await comments.query(
      `query ($id: ID!) { comment(id: $id) {
        __typename id body status depth createdAt editedAt author { id } post { id } parent { id parent { id } } replyCount
        viewerCanUpdate viewerCanDelete replies { nodes { id } } } }`,
      { id: reply?.id },
    )
    expect(data.comment).toEqual({
      __typename: 'Comment',
      id: reply?.id,
      body: 'What was said',
      status: 'VISIBLE',
      depth: 1,
      createdAt: '2026-03-01T12:00:00.000Z',
      editedAt: null,
      author: { id: reply?.authorId },
      post: { id: top?.postId },
      parent: { id: top?.id, parent: null },
      replyCount: 0,
      viewerCanUpdate: false,
      viewerCanDelete: false,
      replies: { nodes: [] },
    })
    expect(
      await comments.fetchEntity('Post', newId('Post'), 'commentCount comments { nodes { id } totalCount }'),
    ).toEqual({
      commentCount: 0,
      comments: { nodes: [], totalCount: 0 },
    })
  })

  it('contains hidden and deleted comments, which are not counted', async () => {
    const postId = newId('Post')
    const authorId = newId('User')
    const [visible, hidden, deleted] = await comments.seed(
      { postId, authorId },
      { postId, authorId, status: 'HIDDEN' },
      { postId, authorId: null, body: null, status: 'DELETED' },
    )
    await comments.seed(
      { postId, parentId: deleted?.id, depth: 1 },
      { postId, parentId: deleted?.id, depth: 1, status: 'HIDDEN' },
    )
    const post = await comments.fetchEntity(
      'Post',
      postId,
      'commentCount comments { totalCount nodes { id status body author { id } replyCount replies { totalCount } } }',
    )
    expect(post.commentCount).toBe(2)
    expect(post.comments.totalCount).toBe(3)
    const none = { replyCount: 0, replies: { totalCount: 0 } }
    expect(post.comments.nodes).toEqual(
      [
        { id: visible?.id, status: 'VISIBLE', body: 'What was said', author: { id: authorId }, ...none },
        { id: hidden?.id, status: 'HIDDEN', body: null, author: null, ...none },
        {
          id: deleted?.id,
          status: 'DELETED',
          body: null,
          author: null,
          replyCount: 1,
          replies: { totalCount: 2 },
        },
      ].sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1)),
    )
    expect(await comments.fetchEntity('User', authorId, 'comments { totalCount nodes { id } }')).toEqual({
      comments: { totalCount: 1, nodes: [{ id: visible?.id }] },
    })
  })
})

describe('a reference', () => {
  it('to a comment resolves to it, or to null for an unknown ID', async () => {
    const [comment] = await comments.seed({})
    expect(await comments.fetchEntity('Comment', comment?.id ?? '', 'id body')).toEqual({
      id: comment?.id,
      body: 'What was said',
    })
    expect(await comments.fetchEntity('Comment', newId('Comment'), 'id')).toBeNull()
  })

  it.each(['Post', 'User', 'Comment'] as const)(
    'to a %s with an invalid ID resolves to null',
    async (type) => {
      for (const id of ['', '$postId', newId('Event'), { $gt: '' }, 7, null, undefined]) {
        const response = await comments.send(
          `query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }`,
          { of: [{ __typename: type, id }] },
        )
        expect(response).toEqual({ status: 200, data: { _entities: [null] } })
      }
    },
  )

  it('to a post or user resolves without a database command', async () => {
    const commands = await comments.recordCommands(async () => {
      await comments.fetchEntity('Post', newId('Post'), 'id')
      await comments.fetchEntity('User', newId('User'), 'id')
    })
    expect(commands).toEqual([])
  })
})
