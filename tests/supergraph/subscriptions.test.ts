import {
  waitForLatestResult,
  waitForResult,
  waitForResults,
  subscribeWith,
  repeatUntilReceived,
  type Subscriber,
} from '../support/subscribers'
import { administrator, startSupergraph, type TestUser, type TestSupergraph } from '../support/supergraph'

let agora: TestSupergraph
let ida: TestUser
let bo: TestUser
let admin: Pick<TestUser, 'accessToken'>
const subscribers: Subscriber[] = []

beforeAll(async () => {
  agora = await startSupergraph()
  ida = await agora.signUp('ida')
  bo = await agora.signUp('bo_the_guest')
  admin = await agora.signIn(administrator)
})
afterEach(() => {
  for (const subscriber of subscribers.splice(0)) subscriber.unsubscribe()
})
afterAll(() => agora.close())

const clients = Object.keys(subscribeWith) as (keyof typeof subscribeWith)[]

function subscribe(
  query: string,
  variables: Record<string, unknown>,
  {
    by = 'graphql-sse',
    person,
  }: { by?: keyof typeof subscribeWith; person?: Pick<TestUser, 'accessToken'> } = {},
): Subscriber {
  const subscriber = subscribeWith[by]({ url: agora.url, query, variables, person })
  subscribers.push(subscriber)
  return subscriber
}

async function makePost(by: TestUser, input: object = {}): Promise<string> {
  const { createPost } = await agora.query(
    `mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { message } } }`,
    { input: { title: 'Talk of the town', body: 'What do you say?', publish: true, ...input } },
    by,
  )
  return createPost.post.id
}

async function addComment(postId: string, body: string, by: TestUser = bo): Promise<string> {
  const { addComment } = await agora.query(
    `mutation ($input: AddCommentInput!) { addComment(input: $input) { comment { id } userErrors { message } } }`,
    { input: { postId, body } },
    by,
  )
  return addComment.comment.id
}

const commentAdded = `subscription ($postId: ID!) {
  commentAdded(postId: $postId) { comment { id body author { handle } post { title commentCount } } }
}`
const commentUpdated = `subscription ($postId: ID!) {
  commentUpdated(postId: $postId) { comment { id body status author { handle } } }
}`

describe.each(clients)('with %s', (by) => {
  test('delivers a comment to the subscribers of its post, with fields of three subgraphs', async () => {
    const postId = await makePost(ida)
    const subscriber = subscribe(commentAdded, { postId }, { by })
    await repeatUntilReceived(subscriber, () => addComment(postId, 'Is anybody there?'))
    const other = await makePost(ida)
    await addComment(other, 'Somewhere else')
    const id = await addComment(postId, 'Now everybody listens')
    const { data } = await waitForResult(subscriber, ({ commentAdded }) => commentAdded.comment.id === id)
    expect(data.commentAdded).toMatchObject({
      comment: {
        id,
        body: 'Now everybody listens',
        author: { handle: 'bo_the_guest' },
        post: { title: 'Talk of the town', commentCount: expect.any(Number) },
      },
    })
    expect(JSON.stringify(subscriber.results)).not.toContain('Somewhere else')
  })

  test('rejects an ID that is not the ID of a post', async () => {
    const subscriber = subscribe(commentAdded, { postId: ida.id }, { by })
    const [first] = await waitForResults(subscriber, 1).catch(() => [{ errors: subscriber.error() }])
    expect(JSON.stringify(first)).toContain('BAD_USER_INPUT')
  })
})

test('delivers the changes of a comment as each subscriber may see them', async () => {
  const postId = await makePost(ida)
  const id = await addComment(postId, 'First words')
  const stranger = subscribe(commentUpdated, { postId })
  const author = subscribe(commentUpdated, { postId }, { person: bo })
  const edit = (body: string) =>
    agora.query(
      `mutation ($input: EditCommentInput!) { editComment(input: $input) { userErrors { message } } }`,
      { input: { commentId: id, body } },
      bo,
    )
  for (const subscriber of [stranger, author])
    await repeatUntilReceived(subscriber, (attempt) => edit(`Other words, ${attempt}`))
  await edit('Better words')
  const change = (name: string, type: string, by: Pick<TestUser, 'accessToken'>) =>
    agora.query(
      `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { message } } }`,
      { input: { commentId: id } },
      by,
    )
  const expectedResult = (comment: object) => ({ commentUpdated: { comment: { id, ...comment } } })
  const name = { handle: 'bo_the_guest' }
  await change('hideComment', 'HideCommentInput', admin)
  await waitForLatestResult(stranger, expectedResult({ body: null, status: 'HIDDEN', author: null }))
  await waitForLatestResult(author, expectedResult({ body: 'Better words', status: 'HIDDEN', author: name }))
  await change('unhideComment', 'UnhideCommentInput', admin)
  await waitForLatestResult(
    stranger,
    expectedResult({ body: 'Better words', status: 'VISIBLE', author: name }),
  )
  await change('deleteComment', 'DeleteCommentInput', bo)
  await waitForLatestResult(stranger, expectedResult({ body: null, status: 'DELETED', author: null }))
})

test('delivers the seats and status of an event, and those of a draft only to its organizer', async () => {
  const createEvent = async (publish: boolean): Promise<string> => {
    const input = {
      title: 'Repair café',
      description: 'Bring things.',
      startsAt: '2090-05-01T18:00:00Z',
      timeZone: 'Europe/Stockholm',
      capacity: 1,
      publish,
    }
    const { createEvent } = await agora.query(
      `mutation ($input: CreateEventInput!) { createEvent(input: $input) { event { id } userErrors { message } } }`,
      { input },
      ida,
    )
    return createEvent.event.id
  }
  const query = `subscription ($eventId: ID!) {
    eventUpdated(eventId: $eventId) {
      event { title status seatsTaken waitlistCount registrations { totalCount } organizer { handle } }
    }
  }`
  const eventId = await createEvent(false)
  const organizer = subscribe(query, { eventId }, { person: ida })
  const stranger = subscribe(query, { eventId }, { person: bo })
  const rename = (title: string) =>
    agora.query(
      `mutation ($input: UpdateEventInput!) { updateEvent(input: $input) { userErrors { message } } }`,
      { input: { eventId, title } },
      ida,
    )
  await repeatUntilReceived(organizer, (attempt) => rename(`Repair café, still a secret, ${attempt}`))
  expect(stranger.results).toEqual([])
  await agora.query(
    `mutation ($input: PublishEventInput!) { publishEvent(input: $input) { userErrors { message } } }`,
    { input: { eventId } },
    ida,
  )
  await repeatUntilReceived(stranger, (attempt) => rename(`Repair café, ${attempt}`))
  await rename('Repair café for all')
  for (const person of [bo, ida]) {
    await agora.query(
      `mutation ($input: RegisterForEventInput!) { registerForEvent(input: $input) { userErrors { message } } }`,
      { input: { eventId } },
      person,
    )
  }
  const event = {
    title: 'Repair café for all',
    status: 'PUBLISHED',
    seatsTaken: 1,
    waitlistCount: 1,
    organizer: { handle: 'ida' },
  }
  await waitForLatestResult(organizer, {
    eventUpdated: { event: { ...event, registrations: { totalCount: 2 } } },
  })
  await waitForLatestResult(stranger, { eventUpdated: { event: { ...event, registrations: null } } })
  expect(JSON.stringify(stranger.results)).not.toContain('DRAFT')
})

test('delivers published posts, filtered by tag, and no drafts', async () => {
  const query = `subscription ($tag: String) { postPublished(tag: $tag) { post { id title author { handle } } } }`
  const all = subscribe(query, {})
  const gardeners = subscribe(query, { tag: 'Gardening' })
  const tagged = { title: 'Tomatoes', tags: ['gardening'] }
  for (const subscriber of [all, gardeners])
    await repeatUntilReceived(subscriber, () => makePost(ida, tagged))
  const bicycle = await makePost(ida, { title: 'A bicycle', tags: ['repair'] })
  const draft = await makePost(ida, { ...tagged, title: 'A draft', publish: false })
  const published = await makePost(ida, { ...tagged, title: 'Beans' })
  const expectPost = async (subscriber: Subscriber, id: string, title: string) => {
    const { data } = await waitForResult(subscriber, ({ postPublished }) => postPublished.post.id === id)
    expect(data).toEqual({ postPublished: { post: { id, title, author: { handle: 'ida' } } } })
  }
  await expectPost(gardeners, published, 'Beans')
  expect(JSON.stringify(gardeners.results)).not.toContain('A draft')
  await agora.query(
    `mutation ($input: PublishPostInput!) { publishPost(input: $input) { userErrors { message } } }`,
    { input: { postId: draft } },
    ida,
  )
  await expectPost(gardeners, draft, 'A draft')
  await expectPost(all, draft, 'A draft')
  await expectPost(all, bicycle, 'A bicycle')
  expect(JSON.stringify(gardeners.results)).not.toContain('A bicycle')
})
