import { startSupergraph, type TestUser, type TestSupergraph } from '../support/supergraph'

let agora: TestSupergraph
let ida: TestUser
let postId: string

beforeAll(async () => {
  agora = await startSupergraph()
  ida = await agora.signUp('ida')
  const { createPost } = await agora.query(
    `mutation { createPost(input: { title: "Hello", body: "World", publish: true }) { post { id } userErrors { message } } }`,
    {},
    ida,
  )
  postId = createPost.post.id
})
afterAll(() => agora.close())

// Each test stops one more subgraph.
test('returns a post without its comments when the comments subgraph is down', async () => {
  await agora.subgraphs.comments.close()
  const { data, errors } = await agora.send(
    `query ($id: ID!) { post(id: $id) { title author { handle } commentCount comments { nodes { body } } } }`,
    { id: postId },
  )
  expect(data).toEqual({
    post: { title: 'Hello', author: { handle: 'ida' }, commentCount: null, comments: null },
  })
  expect(errors?.map(({ extensions }) => extensions)).toEqual([
    { code: 'SUBGRAPH_UNAVAILABLE', service: 'comments' },
  ])
})

test('rejects only posts about an event when the events subgraph is down', async () => {
  await agora.subgraphs.events.close()
  const create = `mutation ($eventId: ID) {
    createPost(input: { title: "About it", body: "…", eventId: $eventId, publish: true }) { post { title } userErrors { code } }
  }`
  const refused = await agora.send(create, { eventId: `evt_${'0'.repeat(32)}` }, ida)
  expect(refused.data).toEqual({ createPost: null })
  expect(refused.errors).toMatchObject([
    { path: ['createPost'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'events' } },
  ])
  expect((await agora.query(create, {}, ida)).createPost.post).toEqual({ title: 'About it' })
  const { posts } = await agora.query('{ posts { totalCount } }')
  expect(posts.totalCount).toBe(2)
})

test('accepts access tokens and returns null for authors when the users subgraph is down', async () => {
  await agora.subgraphs.users.close()
  const { data, errors } = await agora.send(
    `query ($id: ID!) { post(id: $id) { title viewerCanUpdate author { handle } } }`,
    { id: postId },
    ida,
  )
  expect(data).toEqual({ post: { title: 'Hello', viewerCanUpdate: true, author: null } })
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SUBGRAPH_UNAVAILABLE'])
})

test('responds without data when all subgraphs are down', async () => {
  await agora.subgraphs.posts.close()
  const { data, errors } = await agora.send('{ posts { nodes { title } } __typename }')
  expect(data).toEqual({ posts: null, __typename: 'Query' })
  expect(errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'posts' } }])
})
