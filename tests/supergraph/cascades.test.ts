import {
  administrator,
  mutationDocument,
  startSupergraph,
  type TestUser,
  type TestSupergraph,
} from '../support/supergraph'
import { waitUntil } from '../support/processes'
import { createViewer, type TestSubgraph } from '../support/subgraph'

let agora: TestSupergraph
let ida: TestUser
let bo: TestUser

beforeAll(async () => {
  agora = await startSupergraph()
  ida = await agora.signUp('ida')
  bo = await agora.signUp('bo_the_guest')
})
afterAll(() => agora.close())

/** Makes a mutation of one input, and gives its payload. */
async function mutate(name: string, input: object, fields: string, by: TestUser) {
  const data = await agora.query(mutationDocument(name, fields), { input }, by)
  return data[name]
}

/** Executes a mutation of one input in a subgraph, in the name of a viewer. */
async function mutateIn(subgraph: TestSubgraph, name: string, input: object, fields: string, by: TestUser) {
  const data = await subgraph.query(mutationDocument(name, fields), { input }, createViewer('MEMBER', by.id))
  expect(data[name].userErrors).toEqual([])
  return data[name]
}

const newPost = { title: 'A post', body: 'Text.', publish: true }

async function makePost(by: TestUser, input: object = {}): Promise<string> {
  const post = { ...newPost, ...input }
  return (await mutate('createPost', post, 'post { id }', by)).post.id
}

async function addComment(postId: string, by: TestUser): Promise<string> {
  return (await mutate('addComment', { postId, body: 'A comment.' }, 'comment { id }', by)).comment.id
}

const times = { startsAt: '2090-05-01T18:00:00Z', timeZone: 'Europe/Stockholm' }
const newEvent = { title: 'A meeting', description: 'Come.', ...times, publish: true }

async function makeEvent(by: TestUser, input: object = {}): Promise<string> {
  const event = { ...newEvent, ...input }
  return (await mutate('createEvent', event, 'event { id }', by)).event.id
}

const register = async (eventId: string, by: TestUser): Promise<string> =>
  (await mutate('registerForEvent', { eventId }, 'registration { id }', by)).registration.id

test('the lists by number of comments and by the last of them follow every comment', async () => {
  const tag = 'much-talked-about'
  const posts: string[] = []
  for (let index = 0; index < 3; index++) posts.push(await makePost(ida, { tags: [tag] }))
  const [quiet = '', busy = '', late = ''] = posts
  const listed = async (orderBy: string): Promise<string[]> => {
    const { posts } = await agora.query(
      `query ($orderBy: PostOrder!, $tag: String) { posts(orderBy: $orderBy, filter: { tag: $tag }) { nodes { id } } }`,
      { orderBy, tag },
    )
    return posts.nodes.map(({ id }: { id: string }) => id)
  }
  const until = (orderBy: string, expected: string[]) =>
    waitUntil(
      `${orderBy} is ${expected.join()}`,
      async () => (await listed(orderBy)).join() === expected.join(),
      5000,
    )

  const first = await addComment(busy, bo)
  await addComment(busy, bo)
  await addComment(late, bo)
  await until('COMMENT_COUNT_DESC', [busy, late, quiet])
  await until('LAST_COMMENTED_AT_DESC', [late, busy, quiet])
  await addComment(late, bo)
  await mutate('deleteComment', { commentId: first }, 'comment { id }', bo)
  await until('COMMENT_COUNT_DESC', [late, busy, quiet])
})

test('a deleted post takes its comments along', async () => {
  const postId = await makePost(ida)
  const commentId = await addComment(postId, bo)
  const comment = async () =>
    (await agora.query('query ($id: ID!) { comment(id: $id) { id } }', { id: commentId })).comment
  expect(await comment()).toEqual({ id: commentId })
  await mutate('deletePost', { postId }, 'deletedPostId', ida)
  await waitUntil('the comment is gone', async () => (await comment()) === null, 5000)
  const again = await agora.send(
    `mutation ($input: AddCommentInput!) { addComment(input: $input) { userErrors { code field } } }`,
    { input: { postId, body: 'Too late.' } },
    bo,
  )
  expect(again.data.addComment.userErrors).toEqual([{ code: 'NOT_FOUND', field: ['postId'] }])
})

test('a cancelled event cancels its registrations', async () => {
  const eventId = await makeEvent(ida, { capacity: 1 })
  for (const person of [bo, ida]) await register(eventId, person)
  await mutate('cancelEvent', { eventId }, 'event { status }', ida)
  const query = `query ($id: ID!) { event(id: $id) { status seatsTaken waitlistCount viewerRegistration { status } } }`
  const seen = (person: TestUser) => agora.query(query, { id: eventId }, person)
  const over = {
    status: 'CANCELLED',
    seatsTaken: 0,
    waitlistCount: 0,
    viewerRegistration: { status: 'CANCELLED' },
  }
  for (const person of [bo, ida])
    await waitUntil(
      'the registration is cancelled',
      async () => (await seen(person)).event.viewerRegistration.status === 'CANCELLED',
      5000,
    )
  expect((await seen(bo)).event).toEqual(over)
})

test('a deleted event removes its registrations, and the posts about it stay', async () => {
  const { email, password } = administrator
  const root = await agora.signIn({ email, password })
  const eventId = await makeEvent(ida)
  await register(eventId, bo)
  const postId = await makePost(bo, { eventId })
  const query = `query ($post: ID!, $event: ID!) {
    post(id: $post) { title event { title } } event(id: $event) { title }
    viewer { registrations { nodes { id event { id } } } }
    posts(filter: { eventId: $event }) { nodes { id } } }`
  const look = () => agora.query(query, { post: postId, event: eventId }, bo)
  expect((await look()).post.event).toEqual({ title: 'A meeting' })
  await agora.query(
    `mutation ($input: DeleteEventInput!) { deleteEvent(input: $input) { deletedEventId userErrors { message } } }`,
    { input: { eventId, reason: 'Spam' } },
    root,
  )
  // At once, before anything cascades.
  expect(await look()).toMatchObject({ event: null, post: { title: 'A post', event: null } })
  await waitUntil('nothing refers to it', async () => {
    const { viewer, posts } = await look()
    const registered = viewer.registrations.nodes.filter(({ event }: { event: unknown }) => event === null)
    return registered.length + posts.nodes.length === 0
  })
})

test('a draft that is cancelled stays invisible, also through a post about it', async () => {
  const eventId = await makeEvent(ida, { publish: false, title: 'Surprise party', description: 'Secret' })
  const postId = await makePost(ida, { eventId })
  await mutate('cancelEvent', { eventId }, 'event { status }', ida)
  const query = `query ($post: ID!, $event: ID!, $organizer: ID!) {
    post(id: $post) { event { title } } event(id: $event) { title }
    events(filter: { statuses: [CANCELLED] }, first: 100) { totalCount nodes { title } }
    user(id: $organizer) { organizedEvents(first: 100) { nodes { title } } } }`
  const variables = { post: postId, event: eventId, organizer: ida.id }
  const seen = await agora.query(query, variables, bo)
  expect(seen).toMatchObject({ post: { event: null }, event: null })
  expect(JSON.stringify(seen)).not.toContain('Surprise')
  const own = await agora.query(query, variables, ida)
  expect(own).toMatchObject({
    post: { event: { title: 'Surprise party' } },
    event: { title: 'Surprise party' },
  })
  expect(own.events.nodes).toContainEqual({ title: 'Surprise party' })
})

test('a deleted account leaves what it said without its name, and its seats to those who wait', async () => {
  const leaver = await agora.signUp('leaver')
  const published = await makePost(leaver)
  const draft = await makePost(leaver, { publish: false })
  const commentId = await addComment(published, leaver)
  const eventId = await makeEvent(ida, { capacity: 1 })
  await register(eventId, leaver)
  await register(eventId, bo)
  await mutate('deleteAccount', { password: leaver.password }, 'deletedUserId', leaver)

  const look = () =>
    agora.query(
      `query ($post: ID!, $comment: ID!, $event: ID!) {
        post(id: $post) { body author { id } comments { nodes { body author { id } } } }
        comment(id: $comment) { body author { id } }
        event(id: $event) {
          seatsTaken waitlistCount registrations { nodes { status user { id } } } viewerRegistration { status }
        }
      }`,
      { post: published, comment: commentId, event: eventId },
      ida,
    )
  await waitUntil(
    'nothing bears the name',
    async () => {
      const { post, comment, event } = await look()
      return post.author === null && comment.author === null && event.waitlistCount === 0
    },
    10_000,
  )
  const { post, comment, event } = await look()
  expect(post).toMatchObject({
    body: 'Text.',
    author: null,
    comments: { nodes: [{ body: 'A comment.', author: null }] },
  })
  expect(comment).toEqual({ body: 'A comment.', author: null })
  expect(event).toMatchObject({ seatsTaken: 1, waitlistCount: 0 })
  expect(event.registrations.nodes).toContainEqual({ status: 'CONFIRMED', user: { id: bo.id } })
  expect(JSON.stringify(event)).not.toContain(leaver.id)
  const stored = await agora.subgraphs.posts.connection
    .collection<{ _id: string }>('posts')
    .findOne({ _id: draft })
  expect(JSON.stringify(stored)).not.toContain('Text.')

  // The access token is good for some minutes more; the account is not.
  const refused = await agora.send(
    `mutation ($input: AddCommentInput!) { addComment(input: $input) { comment { id } } }`,
    { input: { postId: published, body: 'A ghost.' } },
    leaver,
  )
  expect(refused.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED')
})

test('posts and comments that an account creates during its deletion are removed', async () => {
  const leaver = await agora.signUp('hasty_leaver')
  const before = await makePost(leaver)
  const commentBefore = await addComment(before, leaver)
  const eventBefore = await makeEvent(leaver)
  const draft = await makePost(leaver, { publish: false })
  const guestsOf = await makeEvent(ida)
  // The other subgraphs do not hear of the deletion until it is published.
  const feed = agora.subgraphs.users.eventLog
  const publish = feed.publish.bind(feed)
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const held = jest.spyOn(feed, 'publish').mockImplementation(async (...args) => {
    await released
    return publish(...args)
  })
  await mutate('deleteAccount', { password: leaver.password }, 'deletedUserId', leaver)
  // Past the router, which may have applied the revocation of the token by now.
  const { posts, comments, events } = agora.subgraphs
  const after = (await mutateIn(posts, 'createPost', newPost, 'post { id }', leaver)).post.id
  const newComment = { postId: before, body: 'A comment.' }
  const commentAfter = (await mutateIn(comments, 'addComment', newComment, 'comment { id }', leaver)).comment
    .id
  const eventAfter = (await mutateIn(events, 'createEvent', newEvent, 'event { id }', leaver)).event.id
  await register(eventAfter, bo)
  await mutateIn(events, 'registerForEvent', { eventId: guestsOf }, 'registration { id }', leaver)
  await mutateIn(posts, 'publishPost', { postId: draft }, 'post { id }', leaver)
  release()

  const look = () =>
    agora.query(
      `query ($before: ID!, $after: ID!, $draft: ID!, $commentBefore: ID!, $commentAfter: ID!, $eventBefore: ID!,
        $eventAfter: ID!, $guestsOf: ID!) {
        before: post(id: $before) { body author { id } commentCount }
        after: post(id: $after) { body }
        draft: post(id: $draft) { body }
        commentBefore: comment(id: $commentBefore) { body author { id } }
        commentAfter: comment(id: $commentAfter) { body status }
        eventBefore: event(id: $eventBefore) { title organizer { id } }
        eventAfter: event(id: $eventAfter) { title }
        guestsOf: event(id: $guestsOf) { seatsTaken }
        viewer { registrations { nodes { event { id } } } }
      }`,
      { before, after, draft, commentBefore, commentAfter, eventBefore, eventAfter, guestsOf },
      bo,
    )
  await waitUntil(
    'all of it is removed',
    async () => {
      const seen = await look()
      const { guestsOf, commentAfter, viewer } = seen
      const isLeft = [seen.after, seen.draft, seen.eventAfter, commentAfter.body].some(
        (each) => each !== null,
      )
      const orphans = viewer.registrations.nodes.filter(({ event }: { event: unknown }) => event === null)
      const named = [seen.before.author, seen.commentBefore.author, seen.eventBefore.organizer]
      return !isLeft && orphans.length + guestsOf.seatsTaken === 0 && named.every((each) => each === null)
    },
    10_000,
  )
  expect(await look()).toMatchObject({
    before: { body: 'Text.', author: null, commentCount: 1 },
    commentBefore: { body: 'A comment.', author: null },
    commentAfter: { body: null, status: 'DELETED' },
    eventBefore: { title: 'A meeting', organizer: null },
  })
  held.mockRestore()
})

test('while posts is down, known posts are commented on', async () => {
  const other = await startSupergraph()
  try {
    const cy = await other.signUp('cy_the_third')
    const make = async () =>
      (
        await other.query(
          `mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } } }`,
          { input: { title: 'A post', body: 'Text.', publish: true } },
          cy,
        )
      ).createPost.post.id
    const postId = await make()
    const known = other.subgraphs.comments.connection.collection<{ _id: string }>('known_posts')
    await waitUntil('comments know the post', async () => (await known.findOne({ _id: postId })) !== null)
    await other.subgraphs.posts.close()
    const { addComment } = await other.query(
      `mutation ($input: AddCommentInput!) { addComment(input: $input) { comment { body } userErrors { code } } }`,
      { input: { postId, body: 'Posts sleeps.' } },
      cy,
    )
    expect(addComment).toEqual({ comment: { body: 'Posts sleeps.' }, userErrors: [] })
  } finally {
    await other.close()
  }
})
