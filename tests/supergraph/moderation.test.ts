import { waitUntil } from '../support/processes'
import { administrator, startSupergraph, type TestSupergraph, type TestUser } from '../support/supergraph'

type Bearer = Pick<TestUser, 'accessToken'>

let agora: TestSupergraph
let admin: Bearer
let author: TestUser
let reader: TestUser
beforeAll(async () => {
  agora = await startSupergraph()
  admin = await agora.signIn(administrator)
  author = await agora.signUp('author')
  reader = await agora.signUp('reader')
})
afterAll(() => agora.close())

/** Sends a mutation, and returns the payload. */
async function mutate(name: string, input: object, fields: string, person: Bearer) {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`
  const { data, errors } = await agora.send(document, { input }, person)
  if (errors) throw new Error(JSON.stringify(errors))
  return data[name]
}

async function createPost(publish: boolean, person: Bearer = author): Promise<string> {
  const input = { title: 'A post', body: 'A body', publish }
  return (await mutate('createPost', input, 'post { id }', person)).post.id
}

async function createEvent(isPublished: boolean, person: Bearer = author): Promise<string> {
  const input = {
    title: 'An event',
    description: 'A description',
    startsAt: '2100-01-01T18:00:00Z',
    timeZone: 'Europe/Berlin',
  }
  const { event } = await mutate('createEvent', input, 'event { id }', person)
  if (isPublished) await mutate('publishEvent', { eventId: event.id }, 'event { id }', person)
  return event.id
}

async function addComment(person: Bearer = author): Promise<string> {
  const input = { postId: await createPost(true), body: 'A comment' }
  return (await mutate('addComment', input, 'comment { id }', person)).comment.id
}

async function hideComment(): Promise<string> {
  const commentId = await addComment()
  await mutate('hideComment', { commentId }, 'comment { id }', admin)
  return commentId
}

const subjects: [name: string, create: () => Promise<string>, outcome: string][] = [
  ['a published post', () => createPost(true), 'yes'],
  ['the draft of another user', () => createPost(false), 'NOT_FOUND'],
  ['an own post', () => createPost(true, reader), 'INVALID'],
  ['an own draft', () => createPost(false, reader), 'INVALID'],
  ['a published event', () => createEvent(true), 'yes'],
  ['the draft of an event', () => createEvent(false), 'NOT_FOUND'],
  ['a comment', () => addComment(), 'yes'],
  ['a hidden comment', () => hideComment(), 'NOT_FOUND'],
  ['an own comment', () => addComment(reader), 'INVALID'],
  ['a user', async () => author.id, 'yes'],
  ['oneself', async () => reader.id, 'INVALID'],
  ['an unknown post', async () => `pst_${'0'.repeat(32)}`, 'NOT_FOUND'],
  ['an unknown event', async () => `evt_${'0'.repeat(32)}`, 'NOT_FOUND'],
  ['an unknown comment', async () => `cmt_${'0'.repeat(32)}`, 'NOT_FOUND'],
]

it('lets no moderator resolve a report about their own content, also while it is hidden', async () => {
  const { id, email, password } = await agora.signUp('moderating')
  await mutate('setUserRole', { userId: id, role: 'MODERATOR' }, 'user { id }', admin)
  const moderator = await agora.signIn({ email, password })
  const commentId = await addComment(moderator)
  const own = [await createPost(true, moderator), await createEvent(true, moderator), commentId]
  for (const subjectId of own) {
    const { report } = await mutate('report', { subjectId, reason: 'SPAM' }, 'report { id }', reader)
    if (subjectId === commentId) await mutate('hideComment', { commentId }, 'comment { id }', admin)
    const resolve = (by: Bearer) =>
      mutate('resolveReport', { reportId: report.id, status: 'DISMISSED' }, 'report { status }', by)
    await expect(resolve(moderator)).rejects.toThrow('FORBIDDEN')
    expect(await resolve(admin)).toEqual({ report: { status: 'DISMISSED' }, userErrors: [] })
  }
})

it.each(subjects)('responds to a report of %s as its visibility demands', async (_, create, outcome) => {
  const payload = await mutate(
    'report',
    { subjectId: await create(), reason: 'SPAM' },
    'report { id }',
    reader,
  )
  expect(payload.userErrors[0]?.code ?? 'yes').toBe(outcome)
  expect(payload.report !== null).toBe(outcome === 'yes')
})

const subject = `subject {
  __typename ... on User { handle } ... on Post { title } ... on Event { eventTitle: title } ... on Comment { body } }`

it('shows moderators the subjects of reports and of the log with fields of their owners', async () => {
  const ids = [await createPost(true), await createEvent(true), await addComment(), author.id]
  for (const subjectId of ids) await mutate('report', { subjectId, reason: 'SPAM' }, 'report { id }', reader)
  const { reports } = await agora.query(
    `{ reports(last: 100) { nodes { openReportCount reporter { handle } ${subject} } } }`,
    {},
    admin,
  )
  expect(reports.nodes).toEqual(
    expect.arrayContaining(
      [
        { __typename: 'Post', title: 'A post' },
        { __typename: 'Event', eventTitle: 'An event' },
        { __typename: 'Comment', body: 'A comment' },
        { __typename: 'User', handle: 'author' },
      ].map((each) => ({ openReportCount: 1, reporter: { handle: 'reader' }, subject: each })),
    ),
  )
})

it('logs the removal of a post, and keeps the entry when its post is no longer visible', async () => {
  const postId = await createPost(true)
  await mutate('deletePost', { postId }, 'deletedPostId', admin)
  const read = async () => {
    const document = `query ($id: ID) { moderationLog(subjectId: $id) { nodes { type moderator { handle } } } }`
    return (await agora.query(document, { id: postId }, admin)).moderationLog.nodes
  }
  await waitUntil('the act is in the log', async () => (await read()).length > 0)
  expect(await read()).toEqual([{ type: 'REMOVE_POST', moderator: { handle: 'admin' } }])
})

it('removes the posts of a user in the background', async () => {
  const spammer = await agora.signUp('spammer')
  const ids = [await createPost(true, spammer), await createPost(true, spammer)]
  const kept = await createPost(true)
  await mutate('removeContentOf', { subjectId: spammer.id, reason: 'Spam' }, '', admin)
  const isVisible = async (id: string) =>
    (await agora.query('query ($id: ID!) { post(id: $id) { id } }', { id }, reader)).post !== null
  await waitUntil('the posts are removed', async () => {
    const visible = await Promise.all(ids.map(isVisible))
    return !visible.includes(true)
  })
  expect(await isVisible(kept)).toBe(true)
})

/** Returns a post or a comment as a reader sees it. */
async function readContent(id: string) {
  const field = id.startsWith('cmt_') ? 'comment' : 'post'
  const document = `query ($id: ID!) { ${field}(id: $id) { body author { id } } }`
  return (await agora.query(document, { id }, reader))[field]
}

it.each([
  ['post', 0],
  ['comment', 2],
])('removes the posts and comments of a deleted account, which is named by a %s', async (kind, index) => {
  const spammer = await agora.signUp(`gone_${kind}_spammer`)
  const ids = [await createPost(true, spammer), await createPost(true, spammer), await addComment(spammer)]
  const commentOfAnother = await addComment(author)
  const remove = () =>
    mutate('removeContentOf', { subjectId: ids[index], reason: 'Spam' }, '__typename', admin)
  // The author's account exists: the user is to be named.
  expect((await remove()).userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
  await mutate('deleteAccount', { password: spammer.password }, 'deletedUserId', spammer)
  await waitUntil(
    'the owner of the content has recorded the deletion',
    async () => (await remove()).userErrors.length === 0,
  )
  await waitUntil('the content is removed', async () => {
    const contents = await Promise.all(ids.map(readContent))
    return contents.every((content) => !content?.body)
  })
  expect(await readContent(commentOfAnother)).toMatchObject({ body: 'A comment' })
})
