import { newId } from '../../../schema/ids'
import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { createViewer } from '../../support/subgraph'
import { makeDraft, makePost, startPosts, type TestPosts } from '../posts/support'
import {
  waitForPosition,
  waitForEnd,
  openSubscription,
  readLastPosition,
  waitUntilProcessed,
  waitForResults,
  readResults,
  type SubscribeOptions,
  type ReceivedStream,
} from '../../packages/subgraph-kit/subscriptions/support'
import { publishPostCreated } from './peers'
import { startComments, type TestComments } from './support'

let posts: TestPosts
let comments: TestComments
beforeAll(async () => {
  posts = await startPosts()
  comments = await startComments({ postsUrl: posts.url })
})
afterAll(async () => {
  await comments.close()
  await posts.close()
})

const author = createViewer()
const member = createViewer()
const moderator = createViewer('MODERATOR')
const streams: ReceivedStream[] = []
afterEach(() => streams.splice(0).forEach((stream) => stream.stop()))

type Field = 'commentAdded' | 'commentUpdated'

async function subscribe(
  field: Field,
  postId: string,
  options: SubscribeOptions = {},
  to = comments,
): Promise<ReceivedStream> {
  const document = `subscription ($postId: ID!) { ${field}(postId: $postId) {
    comment { id body status author { id } viewerCanDelete } } }`
  const stream = await openSubscription(to, document, { ...options, variables: { postId } })
  streams.push(stream)
  await waitForPosition(stream)
  return stream
}

async function seedPublishedPost(): Promise<string> {
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

const listPayloads = (stream: ReceivedStream) => readResults(stream).map(({ result }) => result)

const visibleComment = (id: string, body: string, by: Viewer, viewerCanDelete: boolean) => ({
  id,
  body,
  status: 'VISIBLE',
  author: by.kind === 'signedIn' ? { id: by.id } : null,
  viewerCanDelete,
})

it('sends the new comments on a post to every subscriber, and nothing else', async () => {
  const [postId, other] = [await seedPublishedPost(), await seedPublishedPost()]
  const viewers = [anonymous, member, author, moderator]
  const all = await Promise.all(viewers.map((viewer) => subscribe('commentAdded', postId, { viewer })))
  const first = await add(postId, 'First')
  await add(other, 'Elsewhere')
  await change('editComment', first, author, ', body: "Better"')
  await change('editComment', first, author, ', body: "First"')
  const second = await add(postId, 'Second', member, first)
  await Promise.all(all.map((stream) => waitForResults(stream, 2)))
  all.forEach((stream, index) => {
    const viewer = viewers[index]
    const payloads = listPayloads(stream)
    expect(payloads).toHaveLength(2)
    expect(payloads).toMatchObject([
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
            comment: visibleComment(second, 'Second', member, viewer === member || viewer === moderator),
          },
        },
      },
    ])
  })
})

it('sends every change of a comment, redacted for subscribers who may not read it', async () => {
  const postId = await seedPublishedPost()
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
    await Promise.all(all.map((stream) => waitForResults(stream, index + 1)))
    all.forEach((stream, viewerIndex) => {
      const isModerator = viewerIndex === 2
      const reads = status === 'VISIBLE' || isModerator || (status === 'HIDDEN' && viewerIndex > 0)
      expect(listPayloads(stream)[index]).toEqual({
        data: {
          commentUpdated: {
            comment: {
              id,
              body: reads ? 'Better' : null,
              status,
              author: reads ? { id: author.id } : null,
              viewerCanDelete: status !== 'DELETED' && viewerIndex > 0,
            },
          },
        },
      })
    })
  }
  await change('deleteComment', id, author)
  const next = await add(postId, 'Next')
  await change('hideComment', next, moderator)
  await Promise.all(all.map((stream) => waitForResults(stream, 5)))
  for (const stream of all) {
    expect(listPayloads(stream)[4]).toMatchObject({ data: { commentUpdated: { comment: { id: next } } } })
  }
})

it('sends comments on a draft to its author only, until it is published', async () => {
  const draft = makeDraft(author.id)
  await posts.seed([draft])
  const otherStreams = await Promise.all(
    [anonymous, member, moderator].map((viewer) => subscribe('commentAdded', draft.id, { viewer })),
  )
  const own = await subscribe('commentAdded', draft.id, { viewer: author })
  const note = await add(draft.id, 'A note to myself')
  await waitForResults(own, 1)
  const publish = `mutation { publishPost(input: { postId: "${draft.id}" }) { post { id } } }`
  await Promise.all(otherStreams.map((stream) => waitUntilProcessed(stream, comments, 'comments')))
  await posts.query(publish, {}, author)
  const shown = await add(draft.id, 'For all')
  await waitForResults(own, 2)
  expect(listPayloads(own)).toMatchObject(
    [note, shown].map((id) => ({ data: { commentAdded: { comment: { id } } } })),
  )
  for (const stream of otherStreams) {
    await waitForResults(stream, 1)
    expect(listPayloads(stream)).toMatchObject([{ data: { commentAdded: { comment: { id: shown } } } }])
  }
})

it('sends comments on a draft to its author only while the posts subgraph is down', async () => {
  const owner = await startPosts()
  const alone = await startComments({ postsUrl: owner.url })
  await owner.close()
  const postId = newId('Post')
  await publishPostCreated(alone, postId, { status: 'DRAFT', authorId: author.id })
  const other = await subscribe('commentAdded', postId, { viewer: member }, alone)
  const own = await subscribe('commentAdded', postId, { viewer: author }, alone)
  const document = `mutation { addComment(input: { postId: "${postId}", body: "A note" }) { comment { id } } }`
  await alone.query(document, {}, author)
  await waitForResults(own, 1)
  await waitUntilProcessed(other, alone, 'comments')
  expect(listPayloads(other)).toEqual([])
  await alone.close()
})

it('sends nothing for an unknown post, and rejects an ID of another type or form', async () => {
  const silent = await subscribe('commentAdded', newId('Post'))
  expect(listPayloads(silent)).toEqual([])
  for (const field of ['commentAdded', 'commentUpdated']) {
    for (const postId of ['', 'x', newId('Comment')]) {
      const rejected = await openSubscription(
        comments,
        `subscription { ${field}(postId: "${postId}") { comment { id } } }`,
      )
      await waitForEnd(rejected)
      expect(listPayloads(rejected)).toMatchObject([
        { errors: [{ extensions: { code: 'BAD_USER_INPUT', argument: ['postId'] } }] },
      ])
    }
  }
})

it('resumes after the last event ID, also in another process', async () => {
  const postId = await seedPublishedPost()
  const before = await subscribe('commentAdded', postId)
  const first = await add(postId, 'First')
  await waitForResults(before, 1)
  before.stop()
  await waitForEnd(before)
  const missed = await add(postId, 'Second')
  const other = await startComments({ database: comments.connection.name })
  try {
    const after = await subscribe('commentAdded', postId, { after: readLastPosition(before) }, other)
    await waitForResults(after, 1)
    const third = await add(postId, 'Third')
    await waitForResults(after, 2)
    expect([...listPayloads(before), ...listPayloads(after)]).toMatchObject(
      [first, missed, third].map((id) => ({ data: { commentAdded: { comment: { id } } } })),
    )
  } finally {
    await other.close()
  }
})
