import {
  administrator,
  mutationDocument,
  startSupergraph,
  type TestUser,
  type TestSupergraph,
} from '../support/supergraph'
import { holdPublication } from '../support/outbox'
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

/** Executes a mutation of one input, and returns its payload. */
async function mutate(name: string, input: object, fields: string, by: TestUser) {
  const data = await agora.query(mutationDocument(name, fields), { input }, by)
  return data[name]
}

/** Executes a mutation of one input in a subgraph, in the name of a viewer. */
async function mutateSubgraph(
  subgraph: TestSubgraph,
  name: string,
  input: object,
  fields: string,
  by: TestUser,
) {
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

test('orders posts by comment count and by latest comment after every comment', async () => {
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
  const waitForOrder = (orderBy: string, expected: string[]) =>
    waitUntil(
      `${orderBy} is ${expected.join()}`,
      async () => (await listed(orderBy)).join() === expected.join(),
    )

  const first = await addComment(busy, bo)
  await addComment(busy, bo)
  await addComment(late, bo)
  await waitForOrder('COMMENT_COUNT_DESC', [busy, late, quiet])
  await waitForOrder('LAST_COMMENTED_AT_DESC', [late, busy, quiet])
  await addComment(late, bo)
  await mutate('deleteComment', { commentId: first }, 'comment { id }', bo)
  await waitForOrder('COMMENT_COUNT_DESC', [late, busy, quiet])
})

test('deletes the comments of a deleted post', async () => {
  const postId = await makePost(ida)
  const commentId = await addComment(postId, bo)
  const comment = async () =>
    (await agora.query('query ($id: ID!) { comment(id: $id) { id } }', { id: commentId })).comment
  expect(await comment()).toEqual({ id: commentId })
  await mutate('deletePost', { postId }, 'deletedPostId', ida)
  await waitUntil('the comment is deleted', async () => (await comment()) === null)
  const again = await agora.send(
    `mutation ($input: AddCommentInput!) { addComment(input: $input) { userErrors { code field } } }`,
    { input: { postId, body: 'Too late.' } },
    bo,
  )
  expect(again.data.addComment.userErrors).toEqual([{ code: 'NOT_FOUND', field: ['postId'] }])
})

test('cancels the registrations of a cancelled event', async () => {
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
    )
  expect((await seen(bo)).event).toEqual(over)
})

test('removes the registrations of a deleted event, and keeps the posts about it', async () => {
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
  // Immediately, before the cascades.
  expect(await look()).toMatchObject({ event: null, post: { title: 'A post', event: null } })
  await waitUntil('no registration or post refers to the event', async () => {
    const { viewer, posts } = await look()
    const registered = viewer.registrations.nodes.filter(({ event }: { event: unknown }) => event === null)
    return registered.length + posts.nodes.length === 0
  })
})

test('hides a cancelled draft, also in a post about it', async () => {
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

test('anonymizes the content of a deleted account, and promotes the waitlist to its seats', async () => {
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
  await waitUntil('the content is anonymous and the waitlist is empty', async () => {
    const { post, comment, event } = await look()
    return post.author === null && comment.author === null && event.waitlistCount === 0
  })
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
  const stored = agora.subgraphs.posts.connection.collection<{ _id: string }>('posts')
  await waitUntil('the text of the draft is removed', async () => {
    return !JSON.stringify(await stored.findOne({ _id: draft })).includes('Text.')
  })

  // The access token stays valid for some minutes; the account does not.
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
  const otherEvent = await makeEvent(ida)
  // The other subgraphs do not receive the deletion until it is published.
  const publication = holdPublication(agora.subgraphs.users.eventLog)
  await mutate('deleteAccount', { password: leaver.password }, 'deletedUserId', leaver)
  // Bypasses the router, which may have applied the revocation of the token already.
  const { posts, comments, events } = agora.subgraphs
  const after = (await mutateSubgraph(posts, 'createPost', newPost, 'post { id }', leaver)).post.id
  const newComment = { postId: before, body: 'A comment.' }
  const commentAfter = (await mutateSubgraph(comments, 'addComment', newComment, 'comment { id }', leaver))
    .comment.id
  const eventAfter = (await mutateSubgraph(events, 'createEvent', newEvent, 'event { id }', leaver)).event.id
  await register(eventAfter, bo)
  await mutateSubgraph(events, 'registerForEvent', { eventId: otherEvent }, 'registration { id }', leaver)
  await mutateSubgraph(posts, 'publishPost', { postId: draft }, 'post { id }', leaver)
  publication.release()

  const look = () =>
    agora.query(
      `query ($before: ID!, $after: ID!, $draft: ID!, $commentBefore: ID!, $commentAfter: ID!, $eventBefore: ID!,
        $eventAfter: ID!, $otherEvent: ID!) {
        before: post(id: $before) { body author { id } commentCount }
        after: post(id: $after) { body }
        draft: post(id: $draft) { body }
        commentBefore: comment(id: $commentBefore) { body author { id } }
        commentAfter: comment(id: $commentAfter) { body status }
        eventBefore: event(id: $eventBefore) { title organizer { id } }
        eventAfter: event(id: $eventAfter) { title }
        otherEvent: event(id: $otherEvent) { seatsTaken }
        viewer { registrations { nodes { event { id } } } }
      }`,
      { before, after, draft, commentBefore, commentAfter, eventBefore, eventAfter, otherEvent },
      bo,
    )
  await waitUntil('all of it is removed', async () => {
    const seen = await look()
    const { otherEvent, commentAfter, viewer } = seen
    const isLeft = [seen.after, seen.draft, seen.eventAfter, commentAfter.body].some((each) => each !== null)
    const orphans = viewer.registrations.nodes.filter(({ event }: { event: unknown }) => event === null)
    const named = [seen.before.author, seen.commentBefore.author, seen.eventBefore.organizer]
    return !isLeft && orphans.length + otherEvent.seatsTaken === 0 && named.every((each) => each === null)
  })
  expect(await look()).toMatchObject({
    before: { body: 'Text.', author: null, commentCount: 1 },
    commentBefore: { body: 'A comment.', author: null },
    commentAfter: { body: null, status: 'DELETED' },
    eventBefore: { title: 'A meeting', organizer: null },
  })
})

test('accepts comments on projected posts while the posts subgraph is down', async () => {
  const other = await startSupergraph()
  try {
    const cy = await other.signUp('cy_the_third')
    const createPost = async () =>
      (
        await other.query(
          `mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } } }`,
          { input: { title: 'A post', body: 'Text.', publish: true } },
          cy,
        )
      ).createPost.post.id
    const postId = await createPost()
    const projectedPosts = other.subgraphs.comments.connection.collection<{ _id: string }>('known_posts')
    await waitUntil(
      'the post is projected',
      async () => (await projectedPosts.findOne({ _id: postId })) !== null,
    )
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
