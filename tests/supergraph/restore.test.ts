import type { SubgraphName } from '../../schema/subgraphs'
import { requestRebuild } from '../../packages/event-log/consumers/durableConsumer'
import { createPostRepository } from '../../subgraphs/posts/repository'
import { waitUntil } from '../support/processes'
import { mutationDocument, startSupergraph, type TestUser, type TestSupergraph } from '../support/supergraph'

let agora: TestSupergraph
let author: TestUser
let guest: TestUser

beforeAll(async () => {
  agora = await startSupergraph()
  author = await agora.signUp('author')
  guest = await agora.signUp('visitor')
})
afterAll(() => agora.close())

async function mutate(name: string, input: object, fields: string, by: Pick<TestUser, 'accessToken'>) {
  const data = await agora.query(mutationDocument(name, fields), { input }, by)
  return data[name]
}

const publishPost = async (by: Pick<TestUser, 'accessToken'>): Promise<string> =>
  (await mutate('createPost', { title: 'Title', body: 'Text', publish: true }, 'post { id }', by)).post.id

/** Deletes a post, and removes it permanently as the sweeper does 90 days later. */
async function purgePost(postId: string): Promise<void> {
  await mutate('deletePost', { postId }, 'deletedPostId', author)
  const repository = createPostRepository(agora.subgraphs.posts.connection)
  await repository.sweep(new Date(Date.now() + 91 * 24 * 60 * 60 * 1000), new AbortController().signal)
}

type Row = { _id: string; [field: string]: unknown }
const openCollection = (subgraph: SubgraphName, collection: string) =>
  agora.subgraphs[subgraph].connection.collection<Row>(collection)

/** Requests a rebuild of a topic, and waits until a consumer in each of these subgraphs has completed it. */
async function rebuild(topic: SubgraphName, consumers: readonly SubgraphName[]): Promise<void> {
  const id = await requestRebuild(agora.subgraphs[topic].eventLog, topic)
  for (const consumer of consumers) {
    const positions = openCollection(consumer, 'feed_positions')
    await waitUntil(
      `${consumer} has rebuilt`,
      async () => (await positions.findOne({ _id: `${topic}/${consumer}.${topic}` }))?.['rebuiltFor'] === id,
    )
  }
}

test('a restored post and its comments survive a rebuild, and later changes apply to them', async () => {
  const postId = await publishPost(author)
  const comment = { postId, body: 'Said' }
  await mutate('addComment', comment, 'comment { id }', guest)
  await mutate('updatePost', { postId, title: 'Changed' }, 'post { id }', author)
  const post = await openCollection('posts', 'posts').findOne({ _id: postId })
  const comments = await openCollection('comments', 'comments').find({ postId }).toArray()
  expect(comments).toHaveLength(1)

  await purgePost(postId)
  const projectedPosts = openCollection('comments', 'known_posts')
  await waitUntil(
    'the deletion is projected',
    async () => (await projectedPosts.findOne({ _id: postId }))?.['facts'] === null,
  )
  await waitUntil('the comments are deleted', async () => {
    return (await openCollection('comments', 'comments').countDocuments({ postId })) === 0
  })
  if (!post) throw new Error('The post was stored.')
  await openCollection('posts', 'posts').replaceOne({ _id: postId }, post)
  await openCollection('comments', 'comments').insertMany(comments)
  await rebuild('posts', ['comments'])

  await mutate('addComment', comment, 'comment { id }', guest)
  const result = await agora.query('query ($id: ID!) { post(id: $id) { title comments { totalCount } } }', {
    id: postId,
  })
  expect(result.post).toEqual({ title: 'Changed', comments: { totalCount: 2 } })

  await purgePost(postId)
  await waitUntil('the comments are deleted', async () => {
    return (await openCollection('comments', 'comments').countDocuments({ postId })) === 0
  })
})

test('a deletion in the same batch as the request for the rebuild is not applied after it', async () => {
  const postId = await publishPost(author)
  await mutate('addComment', { postId, body: 'Said' }, 'comment { id }', guest)
  const { eventLog } = agora.subgraphs.posts
  const deleted = {
    type: 'post.deleted',
    entity: postId,
    sequence: 9,
    at: new Date().toISOString(),
    data: {},
  }
  const request = { ...deleted, type: 'feed.rebuild', entity: 'posts', sequence: 1, id: 'a request' }
  await eventLog.publish('posts', [{ ...deleted, id: 'a deletion that was undone' }, request])
  const positions = openCollection('comments', 'feed_positions')
  await waitUntil(
    'comments has rebuilt',
    async () => (await positions.findOne({ _id: 'posts/comments.posts' }))?.['rebuiltFor'] === request.id,
  )
  expect(await openCollection('comments', 'comments').countDocuments({ postId })).toBe(1)
})

test('projects a restored account in all other services after a rebuild', async () => {
  const person = await agora.signUp('restored')
  const user = await openCollection('users', 'users').findOne({ _id: person.id })
  await mutate('deleteAccount', { password: person.password }, 'deletedUserId', person)
  const others = ['events', 'posts', 'comments'] as const
  for (const subgraph of others) {
    const deleted = openCollection(subgraph, 'gone_users')
    await waitUntil(
      `${subgraph} knows of the deletion`,
      async () => (await deleted.findOne({ _id: person.id })) !== null,
    )
  }
  if (!user) throw new Error('The account was stored.')
  const deleted = await openCollection('users', 'users').findOne({ _id: person.id })
  // The router still refuses the versions of tokens that the deletion revoked.
  const restored = { ...user, tokenVersion: deleted?.['tokenVersion'] }
  await openCollection('users', 'users').replaceOne({ _id: person.id }, restored)
  await rebuild('users', others)

  const signedIn = await agora.signIn({ email: person.email, password: person.password })
  const postId = await publishPost(signedIn)
  await mutate('addComment', { postId, body: 'Back' }, 'comment { id }', signedIn)
  const event = { title: 'T', description: 'D', startsAt: '2090-05-01T18:00:00Z', timeZone: 'Europe/Lisbon' }
  const { id } = (await mutate('createEvent', { ...event, publish: true }, 'event { id }', signedIn)).event
  await mutate('registerForEvent', { eventId: id }, 'registration { id }', signedIn)
  const result = await agora.query('query ($id: ID!) { post(id: $id) { author { handle } } }', { id: postId })
  expect(result.post.author).toEqual({ handle: 'restored' })
})
