import { rebuildRequestedType } from '../../../packages/event-log/consumers/durableConsumer'
import { newId } from '../../../packages/platform/ids/ids'
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
}, 60_000)
afterAll(async () => {
  await comments.close()
  await gate.close()
  await users.close()
  await posts.close()
})

const show = (id: string) => comments.query(`{ comment(id: "${id}") { body status author { id } } }`)
const nobodys = (body: string) => ({ comment: { body, status: 'VISIBLE', author: null } })
const gone = [{ message: 'This account is gone.', extensions: { code: 'UNAUTHENTICATED' } }]
const add = (postId: string, viewer = createViewer()) =>
  comments.send(
    `mutation { addComment(input: { postId: "${postId}", body: "Said" }) { comment { id } } }`,
    {},
    viewer,
  )
const waitUntilNobodys = (id: string) =>
  waitUntil('it is nobody’s', async () => (await comments.findStored(id))?.['authorId'] === null)

test('comments of a deleted account keep their text and nobody knows whose they are', async () => {
  const author = createViewer()
  const stored = await comments.seed(...Array.from({ length: 3 }, () => ({ authorId: author.id })), {})
  await publishDeletion(comments, 'user', author.id, 2)
  for (const { id, body } of stored.slice(0, 3)) {
    await waitUntilNobodys(id)
    expect(await show(id)).toEqual(nobodys(body ?? ''))
  }
  const other = stored[3]
  expect(await show(other?.id ?? '')).toMatchObject({ comment: { author: { id: other?.authorId } } })
  const written = await comments.fetchEntity('User', author.id, 'comments(first: 1) { nodes { id } }')
  expect(written).toEqual({ comments: { nodes: [] } })
})

test('nothing is written in the name of an account that is gone', async () => {
  const author = createViewer('MODERATOR')
  const postId = newId('Post')
  await publishPostCreated(comments, postId, { status: 'PUBLISHED', authorId: null })
  const [comment] = await comments.seed({ postId, authorId: author.id })
  const id = comment?.id ?? ''
  await publishDeletion(comments, 'user', author.id, 2)
  const before = await comments.countStored()
  expect((await add(postId, author)).errors).toMatchObject(gone)
  const change = (name: string, more = '') =>
    comments.send(`mutation { ${name}(input: { commentId: "${id}"${more} }) { comment { id } } }`, {}, author)
  expect((await change('editComment', ', body: "Mine"')).errors).toMatchObject(gone)
  for (const name of ['deleteComment', 'hideComment', 'unhideComment'])
    expect((await change(name)).errors).toMatchObject(gone)
  expect(await comments.countStored()).toBe(before)
  await waitUntilNobodys(id)
  expect(await comments.findStored(id)).toMatchObject({
    body: comment?.body,
    status: 'VISIBLE',
    editedAt: null,
  })
})

test('an account that goes while it adds a comment: neither its words nor its name stay', async () => {
  const author = createViewer()
  const post = makePost()
  await posts.seed([post])
  const held = gate.hold()
  const adding = add(post.id, author)
  await held.waiting
  await publishDeletion(comments, 'user', author.id, 2)
  held.release()
  expect((await adding).errors).toMatchObject(gone)
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

test('what a request left that was under way then is done some time later', async () => {
  const userId = newId('User')
  await publishDeletion(comments, 'user', userId, 2)
  const [comment] = await comments.seed({ authorId: userId })
  await comments.connection
    .collection<{ _id: string }>('gone_users')
    .updateOne({ _id: userId }, { $set: { followUpAt: new Date(0) } })
  await waitUntilNobodys(comment?.id ?? '')
})

test('taking everything anew: whoever users does not have is gone, and whoever was known to be', async () => {
  const person = await users.signUp()
  const known = newId('User')
  await publishDeletion(comments, 'user', known, 2)
  const strangers = Array.from({ length: 600 }, () => ({ authorId: newId('User') }))
  const [kept, back] = await comments.seed({ authorId: person.id }, { authorId: known }, ...strangers)
  await comments.eventLog.publish('users', [makeEvent(rebuildRequestedType, 'users', 1)])
  const all = comments.connection.collection('comments')
  await waitUntil(
    'only the one who is there has a name',
    async () => (await all.countDocuments({ authorId: { $ne: null } })) === 1,
    25_000,
  )
  expect(await comments.findStored(kept?.id ?? '')).toMatchObject({ authorId: person.id })
  expect(await comments.findStored(back?.id ?? '')).toMatchObject({ authorId: null, body: back?.body })
  expect((await add(newId('Post'), createViewer('MEMBER', strangers[0]?.authorId))).errors).toMatchObject(
    gone,
  )
})
