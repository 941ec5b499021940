import { startSupergraph, type TestUser, type TestSupergraph } from '../support/supergraph'

// The whole system on stock @apollo/gateway: real subgraphs, databases and tokens.

let agora: TestSupergraph
let ida: TestUser
let bo: TestUser
let postId: string

beforeAll(async () => {
  agora = await startSupergraph({ ROUTER_EXECUTOR: 'apollo' })
  ida = await agora.signUp('ida')
  bo = await agora.signUp('bo_the_guest')
  const { createPost } = await agora.query(
    `mutation { createPost(input: { title: "Hello", body: "World", publish: true }) {
      post { id author { handle } } userErrors { message } } }`,
    {},
    ida,
  )
  expect(createPost.post.author).toEqual({ handle: 'ida' })
  postId = createPost.post.id
})
afterAll(() => agora.close())

const addComment = `mutation ($postId: ID!) { addComment(input: { postId: $postId, body: "Nice." }) {
  comment { author { handle } } post { title commentCount } userErrors { message } } }`

test('resolves Post.comments with the authors of the comments', async () => {
  expect((await agora.query(addComment, { postId }, bo)).addComment).toMatchObject({
    comment: { author: { handle: 'bo_the_guest' } },
    post: { title: 'Hello', commentCount: 1 },
  })
  const { post } = await agora.query(
    `query ($id: ID!) { post(id: $id) { title comments { totalCount nodes { body author { handle displayName } } } } }`,
    { id: postId },
  )
  expect(post).toEqual({
    title: 'Hello',
    comments: {
      totalCount: 1,
      nodes: [{ body: 'Nice.', author: { handle: 'bo_the_guest', displayName: 'bo_the_guest' } }],
    },
  })
})

test('resolves Registration.user, and returns registrations to permitted viewers only', async () => {
  const { createEvent } = await agora.query(
    `mutation { createEvent(input: { title: "Repair café", description: "Bring things.", timeZone: "Europe/Stockholm",
      startsAt: "2090-05-01T18:00:00+02:00", publish: true }) { event { id } userErrors { message } } }`,
    {},
    ida,
  )
  const eventId = createEvent.event.id
  const { registerForEvent } = await agora.query(
    `mutation ($eventId: ID!) { registerForEvent(input: { eventId: $eventId }) {
      registration { status ticketCode user { handle email } event { title organizer { handle } } } userErrors { message } } }`,
    { eventId },
    bo,
  )
  expect(registerForEvent.registration).toEqual({
    status: 'CONFIRMED',
    ticketCode: expect.stringMatching(/./),
    user: { handle: 'bo_the_guest', email: 'bo_the_guest@agora.example' },
    event: { title: 'Repair café', organizer: { handle: 'ida' } },
  })
  const list = `query ($id: ID!) { event(id: $id) { registrations { nodes { user { handle } } } } }`
  const findRegistrations = async (person?: TestUser) =>
    (await agora.query(list, { id: eventId }, person)).event.registrations
  expect(await findRegistrations(ida)).toEqual({ nodes: [{ user: { handle: 'bo_the_guest' } }] })
  expect(await findRegistrations()).toBeNull()
})

test('returns the error of a subgraph with its code and path, and the data of the others', async () => {
  const { data, errors } = await agora.send(
    `query ($id: ID!) { post(id: $id) { title author { handle } comments(first: 1000) { totalCount } } }`,
    { id: postId },
  )
  expect(data).toEqual({ post: { title: 'Hello', author: { handle: 'ida' }, comments: null } })
  expect(errors).toEqual([
    {
      message: expect.stringMatching(/./),
      path: ['post', 'comments'],
      extensions: { code: 'BAD_USER_INPUT', argument: ['first'] },
    },
  ])
  const anonymous = await agora.send(addComment, { postId })
  expect(anonymous.errors).toMatchObject([{ path: ['addComment'], extensions: { code: 'UNAUTHENTICATED' } }])
})

test('rejects a subscription with an error that names the executor', async () => {
  const query = `subscription ($postId: ID!) { commentAdded(postId: $postId) { comment { body } } }`
  const response = await fetch(agora.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables: { postId } }),
  })
  expect(await response.text()).toMatch(/^event: next\ndata: {"errors":.*@apollo\/gateway.*own executor/)
})

// The last test, since it stops a subgraph.
test('returns a post without its comments when the comments subgraph is down', async () => {
  await agora.subgraphs.comments.close()
  const { data, errors } = await agora.send(
    `query ($id: ID!) { post(id: $id) { title author { handle } comments { nodes { body } } } }`,
    { id: postId },
    ida,
  )
  expect(data).toEqual({ post: { title: 'Hello', author: { handle: 'ida' }, comments: null } })
  expect(errors?.map(({ extensions }) => extensions)).toEqual([
    { code: 'SUBGRAPH_UNAVAILABLE', service: 'comments' },
  ])
})
