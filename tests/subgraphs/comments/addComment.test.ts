import type { Comment } from '../../../subgraphs/comments/domain/comment'
import { newId } from '../../../packages/platform/ids/ids'
import { createPeerClient } from '../../../packages/subgraph-kit/peerClient'
import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { createPostsSubgraph } from '../../../subgraphs/posts/subgraph'
import { unreachableUrl, createViewer, startSubgraph, type TestSubgraph } from '../../support/subgraph'
import { startComments, type TestComments } from './support'

const events = createPeerClient({ name: 'events', url: unreachableUrl })
const writtenAt = new Date('2026-04-04T04:04:04.404Z')
let posts: TestSubgraph
let comments: TestComments
beforeAll(async () => {
  posts = await startSubgraph((tools) =>
    createPostsSubgraph({ ...tools, events, comments: events, users: events }),
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

/** A post by `author`, published unless told. */
async function makePost(publish = true): Promise<string> {
  const data = await posts.query(
    'mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { code field } } }',
    { input: { title: 'A post', body: 'Its text', publish } },
    author,
  )
  return data.createPost.post.id
}

async function addOk(input: object, viewer: Viewer = member) {
  const { addComment } = await comments.query(add, { input: { body: 'Said', ...input } }, viewer)
  expect(addComment.userErrors).toEqual([])
  return addComment
}

const refusal = (code: string, field: string) => ({
  comment: null,
  commentEdge: null,
  post: null,
  userErrors: [{ code, field: [field] }],
})

/** Expects that `input` is refused in this way, and that nothing is stored. */
async function expectRefused(input: object, code: string, field: string, viewer: Viewer = member) {
  const before = await comments.countStored()
  const { addComment } = await comments.query(add, { input: { body: 'Said', ...input } }, viewer)
  expect(addComment).toEqual(refusal(code, field))
  expect(await comments.countStored()).toBe(before)
}

/** Expects a top-level error, and that nothing is stored. */
async function expectError(input: object, code: string, argument?: string[], viewer: Viewer = member) {
  const before = await comments.countStored()
  const answer = await comments.send(
    add,
    { input: { body: 'Said', postId: newId('Post'), ...input } },
    viewer,
  )
  expect(answer.errors).toMatchObject([{ extensions: { code, ...(argument && { argument }) } }])
  if (answer.data)
    expect(answer).toMatchObject({ data: { addComment: null }, errors: [{ path: ['addComment'] }] })
  expect(await comments.countStored()).toBe(before)
}

describe('who may', () => {
  test.each([
    ['a member', member],
    ['the author of the post', author],
    ['a moderator', moderator],
    ['an administrator', administrator],
  ])('%s comments on a published post', async (_, viewer) => {
    const postId = await makePost()
    const { comment, post } = await addOk({ postId }, viewer)
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

  test('nobody who is not signed in', async () => {
    await expectError({ postId: await makePost() }, 'UNAUTHENTICATED', undefined, anonymous)
  })

  test.each([
    ['a member', member],
    ['a moderator', moderator],
    ['an administrator', administrator],
  ])('a draft is not there for %s', async (_, viewer) => {
    await expectRefused({ postId: await makePost(false) }, 'NOT_FOUND', 'postId', viewer)
  })

  test('a post that never was, or is deleted, is not there', async () => {
    await expectRefused({ postId: newId('Post') }, 'NOT_FOUND', 'postId')
    const postId = await makePost()
    await posts.query(`mutation { deletePost(input: { postId: "${postId}" }) { deletedPostId } }`, {}, author)
    await expectRefused({ postId }, 'NOT_FOUND', 'postId')
  })
})

describe('a reply', () => {
  test('stands below its parent, whose list its edge is of', async () => {
    const postId = await makePost()
    const { comment: top, commentEdge: topEdge } = await addOk({ postId })
    const first = await addOk({ postId, parentId: top.id })
    const second = await addOk({ postId, parentId: top.id })
    expect(first.comment).toMatchObject({ depth: 1, parent: { id: top.id } })
    expect(second.post.commentCount).toBe(3)
    // They share an instant, so that their order is that of their IDs.
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

  test('needs a parent of the same post', async () => {
    const postId = await makePost()
    const { comment } = await addOk({ postId: await makePost() })
    await expectRefused({ postId, parentId: comment.id }, 'NOT_FOUND', 'parentId')
    await expectRefused({ postId, parentId: newId('Comment') }, 'NOT_FOUND', 'parentId')
  })

  test('to a deleted comment is CONFLICT; to a hidden one too, but for those who read it', async () => {
    const postId = await makePost()
    const [deleted, hidden] = await comments.seed(
      { postId, status: 'DELETED', body: null, authorId: null },
      { postId, status: 'HIDDEN', authorId: author.id },
    )
    await expectRefused({ postId, parentId: deleted?.id }, 'CONFLICT', 'parentId', moderator)
    await expectRefused({ postId, parentId: hidden?.id }, 'CONFLICT', 'parentId')
    await addOk({ postId, parentId: hidden?.id }, author)
    await addOk({ postId, parentId: hidden?.id }, moderator)
  })

  test('goes 50 deep and no deeper', async () => {
    const postId = await makePost()
    let parentId: string | undefined
    for (let depth = 0; depth <= 50; depth++) {
      const { comment } = await addOk({ postId, parentId })
      expect(comment.depth).toBe(depth)
      parentId = comment.id
    }
    await expectRefused({ postId, parentId }, 'OUT_OF_RANGE', 'parentId')
  })
})

describe('bad input', () => {
  const emoji = '\u{1F98A}'

  test('the body has 1 to 40,000 code points', async () => {
    const postId = await makePost()
    const { comment } = await addOk({ postId, body: `\n${emoji.repeat(40_000)} \n` })
    expect(comment.body).toBe(emoji.repeat(40_000))
    expect((await addOk({ postId, body: ' \n    code\n' })).comment.body).toBe('    code')
    await expectRefused({ postId, body: emoji.repeat(40_001) }, 'TOO_LONG', 'body')
    await expectRefused({ postId, body: ' \n ' }, 'TOO_SHORT', 'body')
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

  test.each([
    ['NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud83eb'],
  ])('%s in the body is BAD_USER_INPUT', async (_, body) => {
    await expectError({ postId: await makePost(), body }, 'BAD_USER_INPUT', ['input', 'body'])
    const [comment] = await comments.seed({ authorId: member.id })
    const edit = 'mutation ($input: EditCommentInput!) { editComment(input: $input) { comment { id } } }'
    const answer = await comments.send(edit, { input: { commentId: comment?.id, body } }, member)
    expect(answer).toMatchObject({
      data: { editComment: null },
      errors: [
        { path: ['editComment'], extensions: { code: 'BAD_USER_INPUT', argument: ['input', 'body'] } },
      ],
    })
    expect((await comments.findStored(comment?.id ?? ''))?.['body']).toBe(comment?.body)
  })

  test.each(['', 'x', newId('Comment'), 'pst_', `${newId('Post')}0`, newId('Post').toUpperCase()])(
    'postId %p is BAD_USER_INPUT',
    (postId) => expectError({ postId }, 'BAD_USER_INPUT', ['input', 'postId']),
  )

  test.each(['', newId('Post'), 'cmt_123'])('parentId %p is BAD_USER_INPUT', (parentId) =>
    expectError({ parentId }, 'BAD_USER_INPUT', ['input', 'parentId']),
  )

  test.each([
    { body: { $gt: '' } },
    { body: 7 },
    { body: null },
    { body: ['a'] },
    { postId: { $ne: null } },
    { parentId: { $exists: true } },
    { depth: 0 },
  ])('%j is BAD_USER_INPUT', (input) => expectError(input, 'BAD_USER_INPUT'))

  test.each(['editComment', 'deleteComment', 'hideComment', 'unhideComment'])(
    '%s of an ID of another type is BAD_USER_INPUT',
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

  test('comment(id:) takes the ID of a comment', async () => {
    const query = 'query ($id: ID!) { comment(id: $id) { id } }'
    expect(await comments.query(query, { id: newId('Comment') })).toEqual({ comment: null })
    for (const id of [newId('User'), '', 'cmt_1', 'a\0b']) {
      expect(await comments.send(query, { id })).toMatchObject({
        data: { comment: null },
        errors: [{ path: ['comment'], extensions: { code: 'BAD_USER_INPUT', argument: ['id'] } }],
      })
    }
    const answer = await comments.send(query, { id: { $gt: '' } })
    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})

describe('comments on a draft', () => {
  const show = (id: string, viewer: Viewer) =>
    comments.query('query ($id: ID!) { comment(id: $id) { body replies { nodes { id } } } }', { id }, viewer)
  const listed = async (viewer: Viewer): Promise<string[]> => {
    const user = await comments.fetchEntity(
      'User',
      author.id,
      'comments(first: 100) { nodes { id } }',
      viewer,
    )
    return user.comments.nodes.map(({ id }: Pick<Comment, 'id'>) => id)
  }

  test('show to the author of the draft alone, until it is published', async () => {
    const postId = await makePost(false)
    const { comment } = await addOk({ postId, body: 'A note to myself' }, author)
    expect((await show(comment.id, author)).comment).toMatchObject({ body: 'A note to myself' })
    for (const viewer of [anonymous, member, moderator, administrator]) {
      expect(await show(comment.id, viewer)).toEqual({ comment: null })
      expect(await comments.fetchEntity('Comment', comment.id, 'id', viewer)).toBeNull()
      expect(await listed(viewer)).not.toContain(comment.id)
    }
    expect(await listed(author)).not.toContain(comment.id)
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
    expect((await show(comment.id, anonymous)).comment).toMatchObject({ body: 'A note to myself' })
    expect(await listed(member)).toContain(comment.id)
  })

  test('join what their author wrote once the draft is published, though nobody has asked for one alone', async () => {
    const postId = await makePost(false)
    const { comment } = await addOk({ postId }, author)
    await posts.query(`mutation { publishPost(input: { postId: "${postId}" }) { post { id } } }`, {}, author)
    expect(await listed(anonymous)).toContain(comment.id)
  })

  test('while posts is down: an error where one is asked for, the rest of what the author wrote in the list', async () => {
    const { comment: published } = await addOk({ postId: await makePost() }, author)
    const { comment: draft } = await addOk({ postId: await makePost(false) }, author)
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

test('while posts is down nothing is written', async () => {
  const alone = await startComments()
  try {
    const answer = await alone.send(add, { input: { postId: newId('Post'), body: 'Said' } }, member)
    expect(answer).toMatchObject({
      data: { addComment: null },
      errors: [{ path: ['addComment'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'posts' } }],
    })
    expect(await alone.countStored()).toBe(0)
    // What posts has no say in still works.
    const [comment] = await alone.seed({ authorId: member.id })
    const edit = 'mutation ($input: EditCommentInput!) { editComment(input: $input) { comment { body } } }'
    const data = await alone.query(edit, { input: { commentId: comment?.id, body: 'Changed' } }, member)
    expect(data.editComment.comment).toEqual({ body: 'Changed' })
  } finally {
    await alone.close()
  }
})
