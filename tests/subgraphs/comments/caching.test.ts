import { anonymous } from '../../../packages/auth/viewer'
import { newId } from '../../../schema/ids'
import {
  countInvalidatedResponses,
  findPublicOperations,
  openInvalidations,
  selectEachField,
  type InvalidationReader,
} from '../../support/cache'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { emptyPeer, startPosts, type TestPosts } from '../posts/support'
import { makeEvent } from './peers'
import { startComments, type TestComments } from './support'

let posts: TestPosts
let comments: TestComments
let reader: InvalidationReader
beforeAll(async () => {
  posts = await startPosts({ comments: emptyPeer, events: emptyPeer, users: emptyPeer })
  comments = await startComments({ postsUrl: posts.url })
  reader = await openInvalidations(comments, 'comments')
})
afterAll(async () => {
  reader.close()
  await comments.close()
  await posts.close()
})

const author = createViewer()
const moderator = createViewer('MODERATOR')
const viewers = [anonymous, createViewer(), author, moderator, createViewer('ADMIN')]
const fetchPost = (selection: string, id: string) => ({
  document: `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Post { ${selection} } } }`,
  variables: { of: [{ __typename: 'Post', id }] },
})

it('caches only responses that are the same for all viewers', async () => {
  const authorId = author.id
  const seedThread = async (status: 'VISIBLE' | 'HIDDEN' | 'DELETED', body: string | null = 'B') => {
    const by = body === null ? null : authorId
    const [comment] = await comments.seed({ authorId: by, status, body })
    const { id: parentId, postId } = comment!
    await comments.seed({ postId, parentId, depth: 1 })
    return postId
  }
  const [visible, hidden, deleted, erased] = [
    await seedThread('VISIBLE'),
    await seedThread('HIDDEN'),
    await seedThread('DELETED'),
    await seedThread('DELETED', null),
  ]
  const isAdded = (selection: string) => !selection.startsWith('id ')
  const ofPost = selectEachField('comments', 'Post')
    .filter(isAdded)
    .flatMap((selection) =>
      [visible, hidden, deleted, erased, newId('Post')].map((id) => fetchPost(selection, id)),
    )
  const ofComment = selectEachField('comments', 'Comment').map((selection) => ({
    ...fetchPost(`comments { nodes { ${selection} } }`, visible),
    selection,
  }))
  const threads = [visible, hidden, deleted, erased].map((id) =>
    fetchPost('comments { nodes { body author { id } replies { nodes { body author { id } } } } }', id),
  )
  const cached = await findPublicOperations(comments, [...ofPost, ...ofComment, ...threads], viewers)
  expect(threads.map((thread) => cached.includes(thread))).toEqual([true, false, false, true])
  const listNames = (operations: typeof ofComment) => [
    ...new Set(operations.map(({ selection }) => selection.split(' ')[0] ?? '')),
  ]
  expect(listNames(ofComment.filter((operation) => cached.includes(operation)))).toEqual(
    listNames(ofComment).filter((name) => !/^(viewer|parent)/.test(name)),
  )
})

it('invalidates each cached response that a write changes', async () => {
  const { createPost } = await posts.query(
    'mutation { createPost(input: { title: "T", body: "B", publish: true }) { post { id } } }',
    {},
    author,
  )
  const postId: string = createPost.post.id
  const operations = [
    fetchPost('commentCount', postId),
    fetchPost('comments { totalCount nodes { id body author { id } replyCount } }', postId),
  ]
  const mutate = (name: string, input: object, viewer = author) =>
    comments.query(
      `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { comment { id } } }`,
      { input },
      viewer,
    )
  const { addComment } = await mutate('addComment', { postId, body: 'First' })
  const commentId: string = addComment.comment.id
  const countStored = (filter: object) => comments.connection.collection('comments').countDocuments(filter)
  const writes: [string, () => Promise<unknown>, (() => Promise<boolean>)?][] = [
    ['adds', () => mutate('addComment', { postId, body: 'Second' }, createViewer())],
    ['replies', () => mutate('addComment', { postId, body: 'Reply', parentId: commentId })],
    ['edits', () => mutate('editComment', { commentId, body: 'Edited' })],
    ['hides', () => mutate('hideComment', { commentId }, moderator)],
    ['shows', () => mutate('unhideComment', { commentId }, moderator)],
    [
      'removes an author',
      () => comments.eventLog.publish('users', [makeEvent('user.deleted', author.id, 1)]),
      async () => (await countStored({ postId, authorId: author.id })) === 0,
    ],
    ['deletes', () => mutate('deleteComment', { commentId }, moderator)],
  ]
  const settle = async (name: string, isDone: () => Promise<boolean>) => {
    await waitUntil(`the cascade of '${name}'`, isDone)
    await waitUntil(
      'the outbox is empty',
      async () => (await countStored({ pendingEvents: { $exists: true } })) === 0,
    )
  }
  const changes: [string, number][] = []
  for (const [name, write, isDone = async () => true] of writes) {
    const count = await countInvalidatedResponses(comments, reader, operations, write, () =>
      settle(name, isDone),
    )
    changes.push([name, count])
  }
  // A thread with a hidden comment is not cached, so that showing it again changes no cached response but the count.
  expect(changes).toEqual([
    ...[
      ['adds', 2],
      ['replies', 2],
      ['edits', 1],
      ['hides', 2],
      ['shows', 1],
    ],
    ...[
      ['removes an author', 1],
      ['deletes', 2],
    ],
  ])
})

it('invalidates the thread of a post that was removed permanently', async () => {
  const [comment] = await comments.seed({})
  const { postId } = comment!
  const purge = () => comments.eventLog.publish('posts', [makeEvent('post.purged', postId, 9)])
  const isPurged = () =>
    waitUntil('the purge is published', () =>
      reader.messages.some(({ data }) => data.tags?.includes(postId) === true),
    )
  expect(
    await countInvalidatedResponses(comments, reader, [fetchPost('commentCount', postId)], purge, isPurged),
  ).toBe(1)
})
