import type { Comment } from '../../../subgraphs/comments/domain/comment'
import { newId } from '../../../schema/ids'
import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { createViewer } from '../../support/subgraph'
import { startComments, type TestComments } from './support'

let comments: TestComments
beforeAll(async () => {
  comments = await startComments()
})
afterAll(() => comments.close())

const author = createViewer('MEMBER')
/** A moderator who is the author of a comment. */
const moderatingAuthor = createViewer('MODERATOR')
const callers = {
  anonymous,
  member: createViewer('MEMBER'),
  author,
  moderator: createViewer('MODERATOR'),
  administrator: createViewer('ADMIN'),
} satisfies Record<string, Viewer>
type Caller = keyof typeof callers

const fields = 'id status body author { id } editedAt viewerCanUpdate viewerCanDelete'
const mutations = {
  editComment: `mutation ($id: ID!) { editComment(input: { commentId: $id, body: "Changed" }) {
    comment { ${fields} } userErrors { code field } } }`,
  ...Object.fromEntries(
    (['deleteComment', 'hideComment', 'unhideComment'] as const).map((name) => [
      name,
      `mutation ($id: ID!) { ${name}(input: { commentId: $id }) { comment { ${fields} } userErrors { code field } } }`,
    ]),
  ),
} as Record<'editComment' | 'deleteComment' | 'hideComment' | 'unhideComment', string>
type Mutation = keyof typeof mutations

async function seedComment(overrides: Partial<Comment> = {}): Promise<Comment> {
  const [comment] = await comments.seed({ authorId: author.id, ...overrides })
  if (!comment) throw new Error('No comment was stored.')
  return comment
}

const forbidden = 'FORBIDDEN'
const unauthenticated = 'UNAUTHENTICATED'
const conflict = 'CONFLICT'

/** The outcome for each caller: the new status of the comment, or the code of the top-level error. */
const table: [Mutation, Comment['status'], Record<Caller, string>][] = [
  [
    'editComment',
    'VISIBLE',
    {
      anonymous: unauthenticated,
      member: forbidden,
      author: 'VISIBLE',
      moderator: forbidden,
      administrator: forbidden,
    },
  ],
  [
    'editComment',
    'HIDDEN',
    {
      anonymous: unauthenticated,
      member: forbidden,
      author: conflict,
      moderator: forbidden,
      administrator: forbidden,
    },
  ],
  [
    'deleteComment',
    'VISIBLE',
    {
      anonymous: unauthenticated,
      member: forbidden,
      author: 'DELETED',
      moderator: 'DELETED',
      administrator: 'DELETED',
    },
  ],
  [
    'deleteComment',
    'HIDDEN',
    {
      anonymous: unauthenticated,
      member: forbidden,
      author: 'DELETED',
      moderator: 'DELETED',
      administrator: 'DELETED',
    },
  ],
  [
    'hideComment',
    'VISIBLE',
    {
      anonymous: unauthenticated,
      member: forbidden,
      author: forbidden,
      moderator: 'HIDDEN',
      administrator: 'HIDDEN',
    },
  ],
  [
    'hideComment',
    'HIDDEN',
    {
      anonymous: unauthenticated,
      member: forbidden,
      author: forbidden,
      moderator: 'HIDDEN',
      administrator: 'HIDDEN',
    },
  ],
  [
    'unhideComment',
    'HIDDEN',
    {
      anonymous: unauthenticated,
      member: forbidden,
      author: forbidden,
      moderator: 'VISIBLE',
      administrator: 'VISIBLE',
    },
  ],
  [
    'unhideComment',
    'VISIBLE',
    {
      anonymous: unauthenticated,
      member: forbidden,
      author: forbidden,
      moderator: 'VISIBLE',
      administrator: 'VISIBLE',
    },
  ],
]
const cases = table.flatMap(([mutation, status, outcomes]) =>
  Object.entries(outcomes).map(([caller, outcome]) => [mutation, status, caller as Caller, outcome] as const),
)

it.each(cases)('%s of a %s comment by %s: %s', async (mutation, status, caller, outcome) => {
  const comment = await seedComment({ status })
  const before = await comments.findStored(comment.id)
  const response = await comments.send(mutations[mutation], { id: comment.id }, callers[caller])
  const after = await comments.findStored(comment.id)
  if (outcome === forbidden || outcome === unauthenticated) {
    expect(response.data).toEqual({ [mutation]: null })
    expect(response.errors).toMatchObject([{ path: [mutation], extensions: { code: outcome } }])
    expect(after).toEqual(before)
  } else if (outcome === conflict) {
    const userErrors = [{ code: conflict, field: ['commentId'] }]
    expect(response.data[mutation]).toMatchObject({ comment: null, userErrors })
    expect(after).toEqual(before)
  } else {
    expect(response.errors).toBeUndefined()
    expect(response.data[mutation]).toMatchObject({
      comment: { id: comment.id, status: outcome },
      userErrors: [],
    })
    expect(after?.['status']).toBe(outcome)
  }
})

it.each<[Mutation, Comment['status'], string]>([
  ['editComment', 'VISIBLE', 'VISIBLE'],
  ['editComment', 'HIDDEN', conflict],
  ['deleteComment', 'HIDDEN', 'DELETED'],
  ['hideComment', 'VISIBLE', 'HIDDEN'],
  ['unhideComment', 'HIDDEN', forbidden],
  ['unhideComment', 'VISIBLE', forbidden],
])('%s of the %s comment of a moderator by the author: %s', async (mutation, status, outcome) => {
  const { id } = await seedComment({ status, authorId: moderatingAuthor.id })
  const { data, errors } = await comments.send(mutations[mutation], { id }, moderatingAuthor)
  const payload = data[mutation]
  const actual = errors?.[0]?.extensions['code'] ?? payload.userErrors[0]?.code ?? payload.comment.status
  expect(actual).toBe(outcome)
  expect((await comments.findStored(id))?.['status']).toBe(
    [forbidden, conflict].includes(outcome) ? status : outcome,
  )
})

/** Whether each caller may read, edit and delete a comment. */
const permissions: [Comment['status'], Record<Caller, [boolean, boolean, boolean]>][] = [
  [
    'VISIBLE',
    {
      anonymous: [true, false, false],
      member: [true, false, false],
      author: [true, true, true],
      moderator: [true, false, true],
      administrator: [true, false, true],
    },
  ],
  [
    'HIDDEN',
    {
      anonymous: [false, false, false],
      member: [false, false, false],
      author: [true, false, true],
      moderator: [true, false, true],
      administrator: [true, false, true],
    },
  ],
  [
    'DELETED',
    {
      anonymous: [false, false, false],
      member: [false, false, false],
      author: [false, false, false],
      moderator: [true, false, false],
      administrator: [true, false, false],
    },
  ],
]

it.each(
  permissions.flatMap(([status, rows]) =>
    Object.entries(rows).map(([caller, expected]) => [status, caller as Caller, ...expected] as const),
  ),
)(
  'a %s comment for %s: readable %s, editable %s, deletable %s',
  async (status, caller, reads, edits, deletes) => {
    const comment = await seedComment({ status })
    const reply = await seedComment({ postId: comment.postId, parentId: comment.id, depth: 1 })
    const expected = {
      id: comment.id,
      status,
      body: reads ? comment.body : null,
      author: reads ? { id: author.id } : null,
      editedAt: null,
      viewerCanUpdate: edits,
      viewerCanDelete: deletes,
    }
    const viewer = callers[caller]
    const query = `query ($id: ID!, $reply: ID!) { comment(id: $id) { ${fields} } reply: comment(id: $reply) { parent { ${fields} } } }`
    const data = await comments.query(query, { id: comment.id, reply: reply.id }, viewer)
    expect(data).toEqual({ comment: expected, reply: { parent: expected } })
    const post = await comments.fetchEntity(
      'Post',
      comment.postId,
      `comments { nodes { ${fields} } }`,
      viewer,
    )
    expect(post.comments.nodes).toEqual([expected])
  },
)

describe('deleteComment', () => {
  it('hides the body and author from its author, too, and keeps the thread', async () => {
    const comment = await seedComment({ body: 'Never to be read again' })
    const reply = await seedComment({ postId: comment.postId, parentId: comment.id, depth: 1 })
    const data = await comments.query(mutations.deleteComment, { id: comment.id }, author)
    expect(data.deleteComment.comment).toEqual({
      id: comment.id,
      status: 'DELETED',
      body: null,
      author: null,
      editedAt: null,
      viewerCanUpdate: false,
      viewerCanDelete: false,
    })
    const post = await comments.fetchEntity(
      'Post',
      comment.postId,
      'commentCount comments { nodes { id replies { nodes { id body } } } }',
    )
    expect(post).toEqual({
      commentCount: 1,
      comments: { nodes: [{ id: comment.id, replies: { nodes: [{ id: reply.id, body: reply.body }] } }] },
    })
  })

  it('is idempotent, and prevents all other changes of the comment', async () => {
    const comment = await seedComment()
    await comments.query(mutations.deleteComment, { id: comment.id }, author)
    const again = await comments.query(mutations.deleteComment, { id: comment.id }, author)
    expect(again.deleteComment).toMatchObject({ comment: { status: 'DELETED' }, userErrors: [] })
    for (const [mutation, viewer] of [
      ['editComment', author],
      ['hideComment', callers.moderator],
      ['unhideComment', callers.moderator],
    ] as const) {
      const data = await comments.query(mutations[mutation], { id: comment.id }, viewer)
      expect(data[mutation]).toEqual({
        comment: null,
        userErrors: [{ code: 'CONFLICT', field: ['commentId'] }],
      })
    }
    expect(await comments.findStored(comment.id)).toMatchObject({ status: 'DELETED', removedBy: 'AUTHOR' })
  })
})

it('sets body and editedAt in editComment', async () => {
  const at = new Date('2026-05-05T05:05:05.055Z')
  const later = await startComments({ now: () => at, database: comments.connection.name })
  try {
    const comment = await seedComment()
    const { editComment } = await later.query(mutations.editComment, { id: comment.id }, author)
    expect(editComment.comment).toMatchObject({ body: 'Changed', editedAt: at.toISOString() })
  } finally {
    await later.close()
  }
})

it('keeps the text of a hidden comment readable for moderators when its author tries to edit it', async () => {
  const comment = await seedComment()
  await comments.query(mutations.hideComment, { id: comment.id }, callers.moderator)
  const { editComment } = await comments.query(mutations.editComment, { id: comment.id }, author)
  expect(editComment.userErrors).toEqual([{ code: 'CONFLICT', field: ['commentId'] }])
  const query = `{ comment(id: "${comment.id}") { body } }`
  expect(await comments.query(query, {}, callers.moderator)).toEqual({ comment: { body: comment.body } })
})

it.each(Object.keys(mutations) as Mutation[])(
  'returns NOT_FOUND from %s of an unknown comment',
  async (mutation) => {
    const viewer =
      callers[mutation === 'editComment' || mutation === 'deleteComment' ? 'member' : 'moderator']
    const data = await comments.query(mutations[mutation], { id: newId('Comment') }, viewer)
    expect(data[mutation]).toEqual({
      comment: null,
      userErrors: [{ code: 'NOT_FOUND', field: ['commentId'] }],
    })
  },
)

it('lets each mutation of an operation see the changes of the previous ones', async () => {
  const comment = await seedComment()
  const select = (alias: string, name: string, more = '') =>
    `${alias}: ${name}(input: { commentId: $id ${more} }) { comment { status body post { commentCount } } userErrors { code } }`
  const data = await comments.query(
    `mutation ($id: ID!) { ${select('a', 'hideComment')} ${select('b', 'unhideComment')} ${select('c', 'deleteComment')} ${select('d', 'hideComment')} }`,
    { id: comment.id },
    callers.moderator,
  )
  const post = (commentCount: number) => ({ commentCount })
  expect(data).toEqual({
    a: { comment: { status: 'HIDDEN', body: comment.body, post: post(0) }, userErrors: [] },
    b: { comment: { status: 'VISIBLE', body: comment.body, post: post(1) }, userErrors: [] },
    c: { comment: { status: 'DELETED', body: comment.body, post: post(0) }, userErrors: [] },
    d: { comment: null, userErrors: [{ code: 'CONFLICT' }] },
  })
})

it.each(['author', 'moderator'] as const)(
  'reports no permissions while the %s is suspended',
  async (name) => {
    const { id } = await seedComment()
    const read = async (suspendedUntilMs: number) => {
      const suspended = { ...callers[name], suspendedUntilMs }
      return (
        await comments.query(`{ comment(id: "${id}") { viewerCanUpdate viewerCanDelete } }`, {}, suspended)
      ).comment
    }
    expect(await read(Infinity)).toEqual({ viewerCanUpdate: false, viewerCanDelete: false })
    expect(await read(Date.now() - 1)).toEqual({ viewerCanUpdate: name === 'author', viewerCanDelete: true })
  },
)
