import { startSupergraph, type TestUser, type TestSupergraph } from '../support/supergraph'

let agora: TestSupergraph
let ida: TestUser
let bo: TestUser

beforeAll(async () => {
  agora = await startSupergraph()
  ida = await agora.signUp('ida')
  bo = await agora.signUp('bo_the_guest')
})
afterAll(() => agora.close())

test('creates an event and a post, comments on the post, and registers for the event', async () => {
  const { createEvent } = await agora.query(
    `mutation { createEvent(input: {
      title: "Repair café", description: "Bring *things*.", startsAt: "2090-05-01T18:00:00+02:00",
      timeZone: "Europe/Stockholm", capacity: 1, tags: ["Repair", "#Open House"], publish: true
    }) { event { id startsAt tags seatsLeft organizer { handle } } userErrors { message } } }`,
    {},
    ida,
  )
  expect(createEvent.event).toMatchObject({
    startsAt: '2090-05-01T16:00:00.000Z',
    tags: ['repair', 'open-house'],
    seatsLeft: 1,
    organizer: { handle: 'ida' },
  })
  const eventId = createEvent.event.id

  const { createPost } = await agora.query(
    `mutation ($eventId: ID!) { createPost(input: { title: "Come along", body: "# Hi\\n\\nBring a *radio*.", eventId: $eventId, publish: true }) {
      post { id excerpt author { handle } event { title organizer { handle } } } userErrors { message } } }`,
    { eventId },
    ida,
  )
  expect(createPost.post).toMatchObject({
    excerpt: 'Hi Bring a radio.',
    author: { handle: 'ida' },
    event: { title: 'Repair café', organizer: { handle: 'ida' } },
  })
  const postId = createPost.post.id

  const { addComment } = await agora.query(
    `mutation ($postId: ID!) { addComment(input: { postId: $postId, body: "May I bring two? 🙂" }) {
      comment { id author { handle } depth } commentEdge { cursor node { body } } post { title commentCount }
      userErrors { message } } }`,
    { postId },
    bo,
  )
  expect(addComment).toMatchObject({
    comment: { author: { handle: 'bo_the_guest' }, depth: 0 },
    commentEdge: { node: { body: 'May I bring two? 🙂' } },
    post: { title: 'Come along', commentCount: 1 },
  })

  const register = (person: TestUser) =>
    agora.query(
      `mutation ($eventId: ID!) { registerForEvent(input: { eventId: $eventId }) {
        registration { id status waitlistPosition ticketCode user { handle } event { title } }
        event { seatsTaken waitlistCount } userErrors { message } } }`,
      { eventId },
      person,
    )
  const first = (await register(bo)).registerForEvent
  expect(first).toMatchObject({
    registration: {
      status: 'CONFIRMED',
      waitlistPosition: null,
      ticketCode: expect.stringMatching(/./),
      user: { handle: 'bo_the_guest' },
      event: { title: 'Repair café' },
    },
    event: { seatsTaken: 1, waitlistCount: 0 },
  })
  expect((await register(ida)).registerForEvent).toMatchObject({
    registration: { status: 'WAITLISTED', waitlistPosition: 1, ticketCode: null },
    event: { seatsTaken: 1, waitlistCount: 1 },
  })

  const { cancelRegistration } = await agora.query(
    `mutation ($id: ID!) { cancelRegistration(input: { registrationId: $id }) {
      registration { status } event { seatsTaken waitlistCount } userErrors { message } } }`,
    { id: first.registration.id },
    bo,
  )
  expect(cancelRegistration).toMatchObject({
    registration: { status: 'CANCELLED' },
    event: { seatsTaken: 1, waitlistCount: 0 },
  })

  const { viewer, post } = await agora.query(
    `query ($postId: ID!) {
      viewer { handle email registrations { nodes { status event { title } } } posts { nodes { id } } }
      post(id: $postId) { comments { nodes { body author { handle comments { totalCount } } replies { totalCount } } } }
    }`,
    { postId },
    ida,
  )
  expect(viewer).toEqual({
    handle: 'ida',
    email: 'ida@agora.example',
    registrations: { nodes: [{ status: 'CONFIRMED', event: { title: 'Repair café' } }] },
    posts: { nodes: [{ id: postId }] },
  })
  expect(post.comments.nodes).toEqual([
    {
      body: 'May I bring two? 🙂',
      author: { handle: 'bo_the_guest', comments: { totalCount: 1 } },
      replies: { totalCount: 0 },
    },
  ])
})

test('returns a draft only to its author, on every path', async () => {
  const { createPost } = await agora.query(
    `mutation { createPost(input: { title: "Not yet", body: "Secret." }) { post { id } userErrors { message } } }`,
    {},
    ida,
  )
  const postId = createPost.post.id
  const { addComment } = await agora.query(
    `mutation ($postId: ID!) { addComment(input: { postId: $postId, body: "Note to self" }) {
      comment { id } userErrors { message } } }`,
    { postId },
    ida,
  )
  const paths = `query ($postId: ID!, $commentId: ID!) {
    post(id: $postId) { title }
    comment(id: $commentId) { body post { title } }
    userByHandle(handle: "ida") { posts { nodes { title } } comments { nodes { body } } }
    posts(filter: { statuses: [DRAFT] }) { nodes { title } totalCount }
  }`
  const variables = { postId, commentId: addComment.comment.id }
  expect(await agora.query(paths, variables, ida)).toMatchObject({
    post: { title: 'Not yet' },
    comment: { body: 'Note to self', post: { title: 'Not yet' } },
    posts: { nodes: [{ title: 'Not yet' }], totalCount: 1 },
  })
  expect(await agora.query(paths, variables, bo)).toMatchObject({
    post: null,
    comment: null,
    userByHandle: { comments: { nodes: [] } },
    posts: { nodes: [], totalCount: 0 },
  })
  const refused = await agora.send(
    `mutation ($postId: ID!) { addComment(input: { postId: $postId, body: "Found it" }) { comment { id } userErrors { code field } } }`,
    { postId },
    bo,
  )
  expect(refused.data.addComment).toEqual({
    comment: null,
    userErrors: [{ code: 'NOT_FOUND', field: ['postId'] }],
  })
})

test('keeps the content of a deleted account without its author', async () => {
  const leaver = await agora.signUp('gone_soon')
  const { createPost } = await agora.query(
    `mutation { createPost(input: { title: "Goodbye", body: "So long.", publish: true }) { post { id } userErrors { message } } }`,
    {},
    leaver,
  )
  await agora.query(
    `mutation ($postId: ID!) { addComment(input: { postId: $postId, body: "Last words" }) { comment { id } userErrors { message } } }`,
    { postId: createPost.post.id },
    leaver,
  )
  await agora.query(
    `mutation ($password: String!) { deleteAccount(input: { password: $password }) { deletedUserId userErrors { message } } }`,
    { password: leaver.password },
    leaver,
  )
  const { post } = await agora.query(
    `query ($id: ID!) { post(id: $id) { title author { handle } comments { nodes { body author { handle } } } } }`,
    { id: createPost.post.id },
  )
  expect(post).toEqual({
    title: 'Goodbye',
    author: null,
    comments: { nodes: [{ body: 'Last words', author: null }] },
  })
  const { errors } = await agora.send('{ viewer { id } }', {}, leaver)
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
})
