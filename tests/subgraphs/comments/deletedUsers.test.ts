import { rebuildRequestedType } from '../../../packages/event-log/consumers/durableConsumer'
import { newId } from '../../../schema/ids'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { makePost, startPosts, type TestPosts } from '../posts/support'
import { startUsers, type TestUsers } from '../users/support'
import { makeEvent, startResponseGate, publishDeletion, publishPostCreated, type ResponseGate } from './peers'
import { startComments, type TestComments } from './support'

let posts: TestPosts
let users: TestUsers
let gate: ResponseGate
let comments: TestComments
beforeAll(async () => {
  posts = await startPosts()
  users = await startUsers()
  gate = await startResponseGate(posts.url)
  comments = await startComments({ postsUrl: gate.url, usersUrl: users.url })
})
afterAll(async () => {
  await comments.close()
  await gate.close()
  await users.close()
  await posts.close()
})

const fetchComment = (id: string) => comments.query(`{ comment(id: "${id}") { body status author { id } } }`)
const withoutAuthor = (body: string) => ({ comment: { body, status: 'VISIBLE', author: null } })
const accountNotFound = [
  { message: 'This account no longer exists.', extensions: { code: 'UNAUTHENTICATED' } },
]
const add = (postId: string, viewer = createViewer()) =>
  comments.send(
    `mutation { addComment(input: { postId: "${postId}", body: "Said" }) { comment { id } } }`,
    {},
    viewer,
  )
const waitUntilAuthorless = (id: string) =>
  waitUntil('the comment has no author', async () => (await comments.findStored(id))?.['authorId'] === null)

it('removes a deleted user from their comments, which keep their text', async () => {
  const author = createViewer()
  const stored = await comments.seed(...Array.from({ length: 3 }, () => ({ authorId: author.id })), {})
  await publishDeletion(comments, 'user', author.id, 2)
  for (const { id, body } of stored.slice(0, 3)) {
    await waitUntilAuthorless(id)
    expect(await fetchComment(id)).toEqual(withoutAuthor(body ?? ''))
  }
  const other = stored[3]
  expect(await fetchComment(other?.id ?? '')).toMatchObject({ comment: { author: { id: other?.authorId } } })
  const written = await comments.fetchEntity('User', author.id, 'comments(first: 1) { nodes { id } }')
  expect(written).toEqual({ comments: { nodes: [] } })
})

it('rejects every mutation of a deleted user', async () => {
  const author = createViewer('MODERATOR')
  const postId = newId('Post')
  await publishPostCreated(comments, postId, { status: 'PUBLISHED', authorId: null })
  const [comment] = await comments.seed({ postId, authorId: author.id })
  const id = comment?.id ?? ''
  await publishDeletion(comments, 'user', author.id, 2)
  const before = await comments.countStored()
  expect((await add(postId, author)).errors).toMatchObject(accountNotFound)
  const change = (name: string, more = '') =>
    comments.send(`mutation { ${name}(input: { commentId: "${id}"${more} }) { comment { id } } }`, {}, author)
  expect((await change('editComment', ', body: "Mine"')).errors).toMatchObject(accountNotFound)
  for (const name of ['deleteComment', 'hideComment', 'unhideComment'])
    expect((await change(name)).errors).toMatchObject(accountNotFound)
  expect(await comments.countStored()).toBe(before)
  await waitUntilAuthorless(id)
  expect(await comments.findStored(id)).toMatchObject({
    body: comment?.body,
    status: 'VISIBLE',
    editedAt: null,
  })
})

it('deletes the comment of a user who is deleted while it is added', async () => {
  const author = createViewer()
  const post = makePost()
  await posts.seed([post])
  const held = gate.hold()
  const adding = add(post.id, author)
  await held.waiting
  await publishDeletion(comments, 'user', author.id, 2)
  held.release()
  expect((await adding).errors).toMatchObject(accountNotFound)
  const left = await comments.fetchEntity(
    'Post',
    post.id,
    'commentCount comments { nodes { body status author { id } } }',
  )
  expect(left).toEqual({
    commentCount: 0,
    comments: { nodes: [{ body: null, status: 'DELETED', author: null }] },
  })
})

it('repeats the cascade later, for a comment that a slow request stores after it', async () => {
  const userId = newId('User')
  await publishDeletion(comments, 'user', userId, 2)
  const [comment] = await comments.seed({ authorId: userId })
  await comments.connection
    .collection<{ _id: string }>('gone_users')
    .updateOne({ _id: userId }, { $set: { followUpAt: new Date(0) } })
  await waitUntilAuthorless(comment?.id ?? '')
})

it('removes unknown and previously deleted users from comments in a rebuild', async () => {
  const account = await users.signUp()
  const deleted = newId('User')
  await publishDeletion(comments, 'user', deleted, 2)
  const unknownAuthors = Array.from({ length: 600 }, () => ({ authorId: newId('User') }))
  const [kept, detached] = await comments.seed(
    { authorId: account.id },
    { authorId: deleted },
    ...unknownAuthors,
  )
  await comments.eventLog.publish('users', [makeEvent(rebuildRequestedType, 'users', 1)])
  const all = comments.connection.collection('comments')
  await waitUntil(
    'only the comment of the existing account has an author',
    async () => (await all.countDocuments({ authorId: { $ne: null } })) === 1,
  )
  expect(await comments.findStored(kept?.id ?? '')).toMatchObject({ authorId: account.id })
  expect(await comments.findStored(detached?.id ?? '')).toMatchObject({
    authorId: null,
    body: detached?.body,
  })
  expect(
    (await add(newId('Post'), createViewer('MEMBER', unknownAuthors[0]?.authorId))).errors,
  ).toMatchObject(accountNotFound)
})
