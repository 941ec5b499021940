import type { Comment } from '../../../subgraphs/comments/domain/comment'
import { newId } from '../../../schema/ids'
import { createPeerClient } from '../../../packages/subgraph-kit/peers/peerClient'
import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { createPostsSubgraph } from '../../../subgraphs/posts/subgraph'
import { unreachableUrl, createViewer, startSubgraph, type TestSubgraph } from '../../support/subgraph'
import { startComments, type TestComments } from './support'

const events = createPeerClient({ name: 'events', url: unreachableUrl })
const writtenAt = new Date('2026-04-04T04:04:04.404Z')
let posts: TestSubgraph
let comments: TestComments
beforeAll(async () => {
  posts = await startSubgraph((resources) =>
    createPostsSubgraph({ ...resources, events, comments: events, users: events }),
  )
  comments = await startComments({ postsUrl: posts.url, now: () => writtenAt })
})
afterAll(async () => {
  await comments.close()
  await posts.close()
  await events.close()
})

const author = createViewer()
const member = createViewer()
const moderator = createViewer('MODERATOR')
const administrator = createViewer('ADMIN')

const add = `mutation ($input: AddCommentInput!) { addComment(input: $input) {
  comment { id body status depth createdAt editedAt author { id } parent { id } viewerCanUpdate viewerCanDelete }
  commentEdge { cursor node { id } }
  post { id commentCount }
  userErrors { code field } } }`

/** Creates a post by `author`, published by default. */
async function createPost(publish = true): Promise<string> {
  const data = await posts.query(
    'mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { code field } } }',
    { input: { title: 'A post', body: 'Its text', publish } },
    author,
  )
  return data.createPost.post.id
}

async function addComment(input: object, viewer: Viewer = member) {
  const { addComment: payload } = await comments.query(add, { input: { body: 'Said', ...input } }, viewer)
  expect(payload.userErrors).toEqual([])
  return payload
}

const rejection = (code: string, field: string) => ({
  comment: null,
  commentEdge: null,
  post: null,
  userErrors: [{ code, field: [field] }],
})

/** Expects a user error, and that nothing is stored. */
async function expectUserError(input: object, code: string, field: string, viewer: Viewer = member) {
  const before = await comments.countStored()
  const { addComment } = await comments.query(add, { input: { body: 'Said', ...input } }, viewer)
  expect(addComment).toEqual(rejection(code, field))
  expect(await comments.countStored()).toBe(before)
}

/** Expects a top-level error, and that nothing is stored. */
async function expectError(input: object, code: string, argument?: string[], viewer: Viewer = member) {
  const before = await comments.countStored()
  const response = await comments.send(
    add,
    { input: { body: 'Said', postId: newId('Post'), ...input } },
    viewer,
  )
  expect(response.errors).toMatchObject([{ extensions: { code, ...(argument && { argument }) } }])
  if (response.data)
    expect(response).toMatchObject({ data: { addComment: null }, errors: [{ path: ['addComment'] }] })
  expect(await comments.countStored()).toBe(before)
}

describe('addComment', () => {
  it.each([
    ['a member', member],
    ['the author of the post', author],
    ['a moderator', moderator],
    ['an administrator', administrator],
  ])('lets %s comment on a published post', async (_, viewer) => {
    const postId = await createPost()
    const { comment, post } = await addComment({ postId }, viewer)
    expect(comment).toEqual({
      id: expect.stringMatching(/^cmt_[0-9a-f]{32}$/),
      body: 'Said',
      status: 'VISIBLE',
      depth: 0,
      createdAt: writtenAt.toISOString(),
      editedAt: null,
      author: { id: viewer.id },
      parent: null,
      viewerCanUpdate: true,
      viewerCanDelete: true,
    })
    expect(post).toEqual({ id: postId, commentCount: 1 })
  })

  it('requires a signed-in viewer', async () => {
    await expectError({ postId: await createPost() }, 'UNAUTHENTICATED', undefined, anonymous)
  })

  it.each([
    ['a member', member],
    ['a moderator', moderator],
    ['an administrator', administrator],
  ])('hides a draft of another author from %s', async (_, viewer) => {
    await expectUserError({ postId: await createPost(false) }, 'NOT_FOUND', 'postId', viewer)
  })

  it('returns NOT_FOUND for an unknown or deleted post', async () => {
    await expectUserError({ postId: newId('Post') }, 'NOT_FOUND', 'postId')
    const postId = await createPost()
    await posts.query(`mutation { deletePost(input: { postId: "${postId}" }) { deletedPostId } }`, {}, author)
    await expectUserError({ postId }, 'NOT_FOUND', 'postId')
  })
})

describe('a reply', () => {
  it('belongs to the replies of its parent, where its cursor is valid', async () => {
    const postId = await createPost()
    const { comment: top, commentEdge: topEdge } = await addComment({ postId })
    const first = await addComment({ postId, parentId: top.id })
    const second = await addComment({ postId, parentId: top.id })
    expect(first.comment).toMatchObject({ depth: 1, parent: { id: top.id } })
    expect(second.post.commentCount).toBe(3)
    // Both have the same time, so that they are sorted by ID.
    const [one, two] = [first, second].sort((a, b) => (a.comment.id < b.comment.id ? -1 : 1))
    const after = `first: 1, after: "${one.commentEdge.cursor}"`
    expect(
      await comments.fetchEntity('Comment', top.id, `replyCount replies(${after}) { nodes { id } }`),
    ).toEqual({
      replyCount: 2,
      replies: { nodes: [{ id: two.comment.id }] },
    })
    const before = `last: 1, before: "${topEdge.cursor}"`
    expect(await comments.fetchEntity('Post', postId, `comments(${before}) { nodes { id } }`)).toEqual({
      comments: { nodes: [] },
    })
  })

  it('requires a parent on the same post', async () => {
    const postId = await createPost()
    const { comment } = await addComment({ postId: await createPost() })
    await expectUserError({ postId, parentId: comment.id }, 'NOT_FOUND', 'parentId')
    await expectUserError({ postId, parentId: newId('Comment') }, 'NOT_FOUND', 'parentId')
  })

  it('is a CONFLICT below a deleted comment, and below a hidden one that the viewer cannot read', async () => {
    const postId = await createPost()
    const [deleted, hidden] = await comments.seed(
      { postId, status: 'DELETED', body: null, authorId: null },
      { postId, status: 'HIDDEN', authorId: author.id },
    )
    await expectUserError({ postId, parentId: deleted?.id }, 'CONFLICT', 'parentId', moderator)
    await expectUserError({ postId, parentId: hidden?.id }, 'CONFLICT', 'parentId')
    await addComment({ postId, parentId: hidden?.id }, author)
    await addComment({ postId, parentId: hidden?.id }, moderator)
  })

  it('can be at most 50 levels deep', async () => {
    const postId = await createPost()
    let parentId: string | undefined
    for (let depth = 0; depth <= 50; depth++) {
      const { comment } = await addComment({ postId, parentId })
      expect(comment.depth).toBe(depth)
      parentId = comment.id
    }
    await expectUserError({ postId, parentId }, 'OUT_OF_RANGE', 'parentId')
  })
})

describe('input validation', () => {
  const emoji = '\u{1F98A}'

  it('requires a body of 1 to 40,000 code points', async () => {
    const postId = await createPost()
    const { comment } = await addComment({ postId, body: `\n${emoji.repeat(40_000)} \n` })
    expect(comment.body).toBe(emoji.repeat(40_000))
    expect((await addComment({ postId, body: ' \n    code\n' })).comment.body).toBe('    code')
    await expectUserError({ postId, body: emoji.repeat(40_001) }, 'TOO_LONG', 'body')
    await expectUserError({ postId, body: ' \n ' }, 'TOO_SHORT', 'body')
    const edit =
      'mutation ($input: EditCommentInput!) { editComment(input: $input) { comment { body } userErrors { code field } } }'
    for (const [body, code] of [
      [emoji.repeat(40_001), 'TOO_LONG'],
      ['', 'TOO_SHORT'],
    ]) {
      const data = await comments.query(edit, { input: { commentId: comment.id, body } }, member)
      expect(data.editComment).toEqual({ comment: null, userErrors: [{ code, field: ['body'] }] })
    }
    expect(await comments.findStored(comment.id)).toMatchObject({
      body: emoji.repeat(40_000),
      editedAt: null,
    })
  })

  it.each([
    ['NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud83eb'],
  ])('rejects %s in the body with BAD_USER_INPUT', async (_, body) => {
    await expectError({ postId: await createPost(), body }, 'BAD_USER_INPUT', ['input', 'body'])
    const [comment] = await comments.seed({ authorId: member.id })
    const edit = 'mutation ($input: EditCommentInput!) { editComment(input: $input) { comment { id } } }'
    const response = await comments.send(edit, { input: { commentId: comment?.id, body } }, member)
    expect(response).toMatchObject({
      data: { editComment: null },
      errors: [
        { path: ['editComment'], extensions: { code: 'BAD_USER_INPUT', argument: ['input', 'body'] } },
      ],
    })
    expect((await comments.findStored(comment?.id ?? ''))?.['body']).toBe(comment?.body)
  })

  it.each(['', 'x', newId('Comment'), 'pst_', `${newId('Post')}0`, newId('Post').toUpperCase()])(
    'rejects postId %p with BAD_USER_INPUT',
    (postId) => expectError({ postId }, 'BAD_USER_INPUT', ['input', 'postId']),
  )

  it.each(['', newId('Post'), 'cmt_123'])('rejects parentId %p with BAD_USER_INPUT', (parentId) =>
    expectError({ parentId }, 'BAD_USER_INPUT', ['input', 'parentId']),
  )

  it.each([
    { body: { $gt: '' } },
    { body: 7 },
    { body: null },
    { body: ['a'] },
    { postId: { $ne: null } },
    { parentId: { $exists: true } },
    { depth: 0 },
  ])('rejects %j with BAD_USER_INPUT', (input) => expectError(input, 'BAD_USER_INPUT'))

  it.each(['editComment', 'deleteComment', 'hideComment', 'unhideComment'])(
    'rejects an ID of another type in %s with BAD_USER_INPUT',
    async (mutation) => {
      const body = mutation === 'editComment' ? ', body: "b"' : ''
      const document = `mutation ($id: ID!) { ${mutation}(input: { commentId: $id ${body} }) { comment { id } } }`
      for (const id of [newId('Post'), 'cmt_', '']) {
        expect(await comments.send(document, { id }, moderator)).toMatchObject({
          data: { [mutation]: null },
          errors: [
            { path: [mutation], extensions: { code: 'BAD_USER_INPUT', argument: ['input', 'commentId'] } },
          ],
        })
      }
    },
  )

  it('rejects IDs that are not of comments in comment(id:) with BAD_USER_INPUT', async () => {
    const query = 'query ($id: ID!) { comment(id: $id) { id } }'
    expect(await comments.query(query, { id: newId('Comment') })).toEqual({ comment: null })
    for (const id of [newId('User'), '', 'cmt_1', 'a\0b']) {
      expect(await comments.send(query, { id })).toMatchObject({
        data: { comment: null },
        errors: [{ path: ['comment'], extensions: { code: 'BAD_USER_INPUT', argument: ['id'] } }],
      })
    }
    const response = await comments.send(query, { id: { $gt: '' } })
    expect(response.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})

describe('comments on a draft', () => {
  const fetchComment = (id: string, viewer: Viewer) =>
    comments.query('query ($id: ID!) { comment(id: $id) { body replies { nodes { id } } } }', { id }, viewer)
  const listByAuthor = async (viewer: Viewer): Promise<string[]> => {
    const user = await comments.fetchEntity(
      'User',
      author.id,
      'comments(first: 100) { nodes { id } }',
      viewer,
    )
    return user.comments.nodes.map(({ id }: Pick<Comment, 'id'>) => id)
  }

  it('are visible only to the author of the draft until it is published', async () => {
    const postId = await createPost(false)
    const { comment } = await addComment({ postId, body: 'A note to myself' }, author)
    expect((await fetchComment(comment.id, author)).comment).toMatchObject({ body: 'A note to myself' })
    for (const viewer of [anonymous, member, moderator, administrator]) {
      expect(await fetchComment(comment.id, viewer)).toEqual({ comment: null })
      expect(await comments.fetchEntity('Comment', comment.id, 'id', viewer)).toBeNull()
      expect(await listByAuthor(viewer)).not.toContain(comment.id)
    }
    expect(await listByAuthor(author)).not.toContain(comment.id)
    for (const [name, viewer] of [
      ['deleteComment', moderator],
      ['hideComment', administrator],
    ] as const) {
      const document = `mutation { ${name}(input: { commentId: "${comment.id}" }) { comment { id } userErrors { code field } } }`
      expect(await comments.query(document, {}, viewer)).toEqual({
        [name]: { comment: null, userErrors: [{ code: 'NOT_FOUND', field: ['commentId'] }] },
      })
    }

    await posts.query(`mutation { publishPost(input: { postId: "${postId}" }) { post { id } } }`, {}, author)
    expect((await fetchComment(comment.id, anonymous)).comment).toMatchObject({ body: 'A note to myself' })
    expect(await listByAuthor(member)).toContain(comment.id)
  })

  it('appear in User.comments after the publication, even if none was requested by ID before', async () => {
    const postId = await createPost(false)
    const { comment } = await addComment({ postId }, author)
    await posts.query(`mutation { publishPost(input: { postId: "${postId}" }) { post { id } } }`, {}, author)
    expect(await listByAuthor(anonymous)).toContain(comment.id)
  })

  it('fail by ID and are missing in User.comments while the posts subgraph is down', async () => {
    const { comment: published } = await addComment({ postId: await createPost() }, author)
    const { comment: draft } = await addComment({ postId: await createPost(false) }, author)
    const alone = await startComments({ database: comments.connection.name })
    try {
      const query = 'query ($id: ID!) { comment(id: $id) { id } }'
      expect(await alone.query(query, { id: published.id })).toEqual({ comment: { id: published.id } })
      expect(await alone.query(query, { id: draft.id }, author)).toEqual({ comment: { id: draft.id } })
      expect(await alone.send(query, { id: draft.id })).toMatchObject({
        data: { comment: null },
        errors: [{ path: ['comment'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'posts' } }],
      })
      const { comments: list } = await alone.fetchEntity(
        'User',
        author.id,
        'comments(first: 100) { nodes { id } }',
      )
      expect(list.nodes).toContainEqual({ id: published.id })
      expect(list.nodes).not.toContainEqual({ id: draft.id })
    } finally {
      await alone.close()
    }
  })
})

it('adds no comment while the posts subgraph is down', async () => {
  const alone = await startComments()
  try {
    const response = await alone.send(add, { input: { postId: newId('Post'), body: 'Said' } }, member)
    expect(response).toMatchObject({
      data: { addComment: null },
      errors: [{ path: ['addComment'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'posts' } }],
    })
    expect(await alone.countStored()).toBe(0)
    // Edits do not depend on the posts subgraph.
    const [comment] = await alone.seed({ authorId: member.id })
    const edit = 'mutation ($input: EditCommentInput!) { editComment(input: $input) { comment { body } } }'
    const data = await alone.query(edit, { input: { commentId: comment?.id, body: 'Changed' } }, member)
    expect(data.editComment.comment).toEqual({ body: 'Changed' })
  } finally {
    await alone.close()
  }
})
