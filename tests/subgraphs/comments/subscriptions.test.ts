import { newId } from '../../../packages/platform/ids/ids'
import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { makeDraft, makePost, startPosts, type TestPosts } from '../posts/support'
import {
  begun,
  ended,
  follow,
  lastIdOf,
  received,
  resultsOf,
  type Asked,
  type Followed,
} from '../../packages/subgraph-kit/subscriptions/support'
import { publishPostCreated } from './peers'
import { startComments, type TestComments } from './support'

let posts: TestPosts
let comments: TestComments
beforeAll(async () => {
  posts = await startPosts()
  comments = await startComments({ postsUrl: posts.url })
}, 60_000)
afterAll(async () => {
  await comments.close()
  await posts.close()
})

const author = createViewer()
const member = createViewer()
const moderator = createViewer('MODERATOR')
const streams: Followed[] = []
afterEach(() => streams.splice(0).forEach((stream) => stream.stop()))

type Field = 'commentAdded' | 'commentUpdated'

async function subscribe(field: Field, postId: string, asked: Asked = {}, to = comments): Promise<Followed> {
  const document = `subscription ($postId: ID!) { ${field}(postId: $postId) {
    comment { id body status author { id } viewerCanDelete } } }`
  const stream = await follow(to, document, { ...asked, variables: { postId } })
  streams.push(stream)
  await begun(stream)
  return stream
}

async function makePublished(): Promise<string> {
  const post = makePost()
  await posts.seed([post])
  return post.id
}

async function add(
  postId: string,
  body: string,
  viewer: Viewer = author,
  parentId?: string,
): Promise<string> {
  const document = `mutation ($input: AddCommentInput!) {
    addComment(input: $input) { comment { id } userErrors { code } } }`
  const input = { postId, body, ...(parentId !== undefined && { parentId }) }
  const { addComment } = await comments.query(document, { input }, viewer)
  expect(addComment.userErrors).toEqual([])
  return addComment.comment.id
}

const change = (name: string, commentId: string, viewer: Viewer, more = '') =>
  comments.query(
    `mutation { ${name}(input: { commentId: "${commentId}"${more} }) { userErrors { code } } }`,
    {},
    viewer,
  )

const toldOf = (stream: Followed) => resultsOf(stream).map(({ result }) => result)

const visible = (id: string, body: string, by: Viewer, viewerCanDelete: boolean) => ({
  id,
  body,
  status: 'VISIBLE',
  author: by.kind === 'signedIn' ? { id: by.id } : null,
  viewerCanDelete,
})

test('whoever follows a post is told of what is said on it, and of nothing else', async () => {
  const [postId, other] = [await makePublished(), await makePublished()]
  const viewers = [anonymous, member, author, moderator]
  const all = await Promise.all(viewers.map((viewer) => subscribe('commentAdded', postId, { viewer })))
  const first = await add(postId, 'First')
  await add(other, 'Elsewhere')
  await change('editComment', first, author, ', body: "Better"')
  await change('editComment', first, author, ', body: "First"')
  const second = await add(postId, 'Second', member, first)
  await Promise.all(all.map((stream) => received(stream, 2)))
  all.forEach((stream, index) => {
    const viewer = viewers[index]
    const told = toldOf(stream)
    expect(told).toHaveLength(2)
    expect(told).toMatchObject([
      {
        data: {
          commentAdded: {
            comment: { id: first, viewerCanDelete: viewer === author || viewer === moderator },
          },
        },
      },
      {
        data: {
          commentAdded: {
            comment: visible(second, 'Second', member, viewer === member || viewer === moderator),
          },
        },
      },
    ])
  })
})

test('and of what becomes of it: who may not read what is hidden is told that it is', async () => {
  const postId = await makePublished()
  const id = await add(postId, 'First')
  const viewers = [anonymous, author, moderator]
  const all = await Promise.all(viewers.map((viewer) => subscribe('commentUpdated', postId, { viewer })))
  const steps = [
    ['editComment', author, ', body: "Better"', 'VISIBLE'],
    ['hideComment', moderator, '', 'HIDDEN'],
    ['unhideComment', moderator, '', 'VISIBLE'],
    ['deleteComment', author, '', 'DELETED'],
  ] as const
  for (const [index, [name, viewer, more, status]] of steps.entries()) {
    await change(name, id, viewer, more)
    await Promise.all(all.map((stream) => received(stream, index + 1)))
    all.forEach((stream, who) => {
      const reads = status === 'VISIBLE' || (status === 'HIDDEN' && who > 0)
      expect(toldOf(stream)[index]).toEqual({
        data: {
          commentUpdated: {
            comment: {
              id,
              body: reads ? 'Better' : null,
              status,
              author: reads ? { id: author.id } : null,
              viewerCanDelete: status !== 'DELETED' && who > 0,
            },
          },
        },
      })
    })
  }
  await change('deleteComment', id, author)
  const next = await add(postId, 'Next')
  await change('hideComment', next, moderator)
  await Promise.all(all.map((stream) => received(stream, 5)))
  for (const stream of all) {
    expect(toldOf(stream)[4]).toMatchObject({ data: { commentUpdated: { comment: { id: next } } } })
  }
})

test('what is said under a draft is told to its author alone, until it is published', async () => {
  const draft = makeDraft(author.id)
  await posts.seed([draft])
  const others = await Promise.all(
    [anonymous, member, moderator].map((viewer) => subscribe('commentAdded', draft.id, { viewer })),
  )
  const own = await subscribe('commentAdded', draft.id, { viewer: author })
  const note = await add(draft.id, 'A note to myself')
  await received(own, 1)
  const publish = `mutation { publishPost(input: { postId: "${draft.id}" }) { post { id } } }`
  await Promise.all(others.map((stream) => hasPassed(stream)))
  await posts.query(publish, {}, author)
  const shown = await add(draft.id, 'For all')
  await received(own, 2)
  expect(toldOf(own)).toMatchObject(
    [note, shown].map((id) => ({ data: { commentAdded: { comment: { id } } } })),
  )
  for (const stream of others) {
    await received(stream, 1)
    expect(toldOf(stream)).toMatchObject([{ data: { commentAdded: { comment: { id: shown } } } }])
  }
})

test('while posts is down, what is said under a draft is told to nobody else', async () => {
  const owner = await startPosts()
  const alone = await startComments({ postsUrl: owner.url })
  await owner.close()
  const postId = newId('Post')
  await publishPostCreated(alone, postId, { status: 'DRAFT', authorId: author.id })
  const other = await subscribe('commentAdded', postId, { viewer: member }, alone)
  const own = await subscribe('commentAdded', postId, { viewer: author }, alone)
  const document = `mutation { addComment(input: { postId: "${postId}", body: "A note" }) { comment { id } } }`
  await alone.query(document, {}, author)
  await received(own, 1)
  await hasPassed(other, alone)
  expect(toldOf(other)).toEqual([])
  await alone.close()
}, 60_000)

/** Waits until the stream has passed over all that has happened. */
async function hasPassed(stream: Followed, { eventLog }: TestComments = comments): Promise<void> {
  const last = await eventLog.readNewestPosition('comments')
  await waitUntil('it has come by', () => lastIdOf(stream) === last)
}

test('a post that is not there is silent; what is no ID of a post is refused', async () => {
  const silent = await subscribe('commentAdded', newId('Post'))
  expect(toldOf(silent)).toEqual([])
  for (const field of ['commentAdded', 'commentUpdated']) {
    for (const postId of ['', 'x', newId('Comment')]) {
      const refused = await follow(
        comments,
        `subscription { ${field}(postId: "${postId}") { comment { id } } }`,
      )
      await ended(refused)
      expect(toldOf(refused)).toMatchObject([
        { errors: [{ extensions: { code: 'BAD_USER_INPUT', argument: ['postId'] } }] },
      ])
    }
  }
})

test('whoever was cut off goes on after the last id, at another process too', async () => {
  const postId = await makePublished()
  const before = await subscribe('commentAdded', postId)
  const first = await add(postId, 'First')
  await received(before, 1)
  before.stop()
  await ended(before)
  const missed = await add(postId, 'Second')
  const other = await startComments({ database: comments.connection.name })
  try {
    const after = await subscribe('commentAdded', postId, { after: lastIdOf(before) }, other)
    await received(after, 1)
    const third = await add(postId, 'Third')
    await received(after, 2)
    expect([...toldOf(before), ...toldOf(after)]).toMatchObject(
      [first, missed, third].map((id) => ({ data: { commentAdded: { comment: { id } } } })),
    )
  } finally {
    await other.close()
  }
})
