import { idPrefixes } from '../../schema/ids'
import { temporaryFile } from '../support/temporaryFile'
import { waitUntil } from '../support/processes'
import {
  administrator,
  sendBody,
  startSupergraph,
  type TestSupergraph,
  type TestUser,
} from '../support/supergraph'
import type { GraphQLResponse } from '../support/subgraph'

type Bearer = Pick<TestUser, 'accessToken'>
type Viewer = 'ida' | 'bo' | 'admin' | 'anonymous'

let agora: TestSupergraph
let urls: Record<'agora' | 'apollo', string>
const viewers: Partial<Record<Viewer, Bearer>> = {}
/** The IDs of the objects of this test, by kind. */
const ids: Record<string, string> = {}

async function mutate(name: string, input: object, fields: string, viewer: Viewer) {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { message } } }`
  return (await agora.query(document, { input }, viewers[viewer]))[name]
}

beforeAll(async () => {
  agora = await startSupergraph()
  urls = { agora: agora.url, apollo: await agora.startRouter({ ROUTER_EXECUTOR: 'apollo' }) }
  const ida = await agora.signUp('ida')
  Object.assign(viewers, { ida, bo: await agora.signUp('bo_the_guest') })
  viewers.admin = await agora.signIn(administrator)
  const createPost = async (title: string, publish: boolean): Promise<string> =>
    (await mutate('createPost', { title, body: 'A body', publish }, 'post { id }', 'ida')).post.id
  const createEvent = async (publish: boolean): Promise<string> => {
    const event = { title: 'An event', description: 'A description', timeZone: 'Europe/Berlin', publish }
    const input = { ...event, startsAt: '2100-01-01T18:00:00Z' }
    return (await mutate('createEvent', input, 'event { id }', 'ida')).event.id
  }
  ids['user'] = ida.id
  ids['post'] = await createPost('Hello', true)
  ids['draft'] = await createPost('A draft', false)
  ids['event'] = await createEvent(true)
  ids['draft event'] = await createEvent(false)
  const registration = await mutate(
    'registerForEvent',
    { eventId: ids['event'] },
    'registration { id }',
    'bo',
  )
  ids['registration'] = registration.registration.id
  const comment = { postId: ids['post'], body: 'Nice.' }
  ids['comment'] = (await mutate('addComment', comment, 'comment { id }', 'bo')).comment.id
  const report = { subjectId: ids['post'], reason: 'SPAM' }
  ids['report'] = (await mutate('report', report, 'report { id }', 'bo')).report.id
  const removed = await createPost('Removed', true)
  ids['removed post'] = removed
  await mutate('deletePost', { postId: removed }, 'deletedPostId', 'admin')
  await waitUntil('the removal was logged', async () => {
    const document = '{ moderationLog(first: 10) { nodes { id type } } }'
    const { moderationLog } = await agora.query(document, {}, viewers.admin)
    const nodes: { id: string; type: string }[] = moderationLog.nodes
    // Consumers log the first administrator's role and the removal in either order.
    const found = nodes.find(({ type }) => type === 'REMOVE_POST')
    if (found) ids['act'] = found.id
    return found !== undefined
  })
  await waitUntil('the comment was notified', async () => {
    const { viewer } = await agora.query(
      '{ viewer { notifications { nodes { id type } } } }',
      {},
      viewers.ida,
    )
    const nodes: { id: string; type: string }[] = viewer.notifications.nodes
    const found = nodes.find(({ type }) => type === 'COMMENT_ON_POST')
    if (found) ids['notification'] = found.id
    return found !== undefined
  })
})
afterAll(() => agora.close())

const all: readonly Viewer[] = ['ida', 'bo', 'admin', 'anonymous']
const objects: [name: string, type: string, field: string, value: unknown, viewers: readonly Viewer[]][] = [
  ['user', 'User', 'handle', 'ida', all],
  ['post', 'Post', 'title', 'Hello', all],
  ['draft', 'Post', 'title', 'A draft', ['ida']],
  ['removed post', 'Post', 'title', 'Removed', ['ida', 'admin']],
  ['event', 'Event', 'title', 'An event', all],
  ['draft event', 'Event', 'title', 'An event', ['ida', 'admin']],
  ['registration', 'Registration', 'status', 'CONFIRMED', ['ida', 'bo', 'admin']],
  ['comment', 'Comment', 'body', 'Nice.', all],
  ['notification', 'Notification', 'type', 'COMMENT_ON_POST', ['ida']],
  ['report', 'Report', 'reason', 'SPAM', ['bo', 'admin']],
  ['act', 'ModerationAction', 'type', 'REMOVE_POST', ['admin']],
]

describe.each(['agora', 'apollo'] as const)('Query.node on the executor %s', (executor) => {
  const send = (query: string, variables: object, viewer: Viewer): Promise<GraphQLResponse> =>
    sendText(JSON.stringify({ query, variables }), viewer)

  const sendText = (body: string, viewer: Viewer): Promise<GraphQLResponse> =>
    sendBody(urls[executor], body, viewers[viewer])

  test.each(objects)('returns a %s to viewers who can see it', async (name, type, field, value, allowed) => {
    const id = ids[name]
    for (const viewer of all) {
      const expected = allowed.includes(viewer) ? { __typename: type, id } : null
      const reference = await send('query ($id: ID!) { node(id: $id) { __typename id } }', { id }, viewer)
      expect([viewer, reference]).toEqual([viewer, { status: 200, data: { node: expected } }])
      const document = `query ($id: ID!) { node(id: $id) { __typename id ... on ${type} { ${field} } } }`
      // Twice: from its second execution on, an operation may be on the fast path.
      for (let run = 0; run < 2; run++) {
        const { data, errors } = await send(document, { id }, viewer)
        expect([viewer, errors, data.node]).toEqual([
          viewer,
          undefined,
          expected && { ...expected, [field]: value },
        ])
      }
    }
  })

  test('resolves fields of other subgraphs, aliases and several objects', async () => {
    const document = `query ($post: ID!, $user: ID!, $hidden: ID!, $comment: ID!) {
      a: node(id: $post) { ...post }
      b: node(id: $user) { __typename id ... on User { name: handle } ...post }
      c: node(id: $hidden) { ...post }
      d: node(id: $comment) { ... on Comment { body author { handle } } }
      e: node(id: $comment) { __typename }
      post(id: $post) { title }
    }
    fragment post on Post { title author { handle } comments(first: 1) { totalCount nodes { id body } } }`
    const { post, user, draft: hidden, comment } = ids
    const { data, errors } = await send(document, { post, user, hidden, comment }, 'anonymous')
    expect(errors).toBeUndefined()
    const comments = { totalCount: 1, nodes: [{ id: comment, body: 'Nice.' }] }
    expect(data).toEqual({
      a: { title: 'Hello', author: { handle: 'ida' }, comments },
      b: { __typename: 'User', id: user, name: 'ida' },
      c: null,
      d: { body: 'Nice.', author: { handle: 'bo_the_guest' } },
      e: { __typename: 'Comment' },
      post: { title: 'Hello' },
    })
  })

  test('returns nothing of an invisible post, not even its comments', async () => {
    const document = 'query ($id: ID!) { node(id: $id) { ... on Post { comments { totalCount } } } }'
    const response = await send(document, { id: ids['draft'] }, 'bo')
    expect(response).toEqual({ status: 200, data: { node: null } })
  })

  test('takes the ID from a literal, and skips by variables', async () => {
    const document = `query ($skip: Boolean!) { node(id: "${ids['post']}") @skip(if: $skip) { id } }`
    expect((await send(document, { skip: false }, 'bo')).data).toEqual({ node: { id: ids['post'] } })
    expect((await send(document, { skip: true }, 'bo')).data).toEqual({})
  })

  test.each(Object.entries(idPrefixes))(
    'returns null for an unknown ID of the type %s',
    async (_, prefix) => {
      const document = 'query ($id: ID!) { node(id: $id) { __typename id } }'
      const response = await send(document, { id: `${prefix}_${'0'.repeat(32)}` }, 'admin')
      expect(response).toEqual({ status: 200, data: { node: null } })
    },
  )

  test.each(['', 'usr', 'usr_1', `ses_${'0'.repeat(32)}`, `USR_${'0'.repeat(32)}`, `usr_${'0'.repeat(33)}`])(
    'refuses %p, which is no ID, like other lookups',
    async (id) => {
      const { data, errors } = await send(
        'query ($id: ID!) { node(id: $id) { id } user(id: $id) { id } }',
        { id },
        'admin',
      )
      expect(data).toEqual({ node: null, user: null })
      const extensions = { code: 'BAD_USER_INPUT', argument: ['id'] }
      expect(errors).toHaveLength(2)
      for (const path of [['node'], ['user']])
        expect(errors).toContainEqual(expect.objectContaining({ path, extensions }))
    },
  )

  // `@apollo/gateway` knows no long integers.
  const lengths = executor === 'agora' ? [1, 20, 100_000] : [1]
  test.each(lengths)('refuses a number of %d digits like any other text', async (length) => {
    const query = 'query ($id: ID!) { node(id: $id) { id } }'
    const body = `{"query":${JSON.stringify(query)},"variables":{"id":${'7'.repeat(length)}}}`
    const { data, errors } = await sendText(body, 'anonymous')
    expect(data).toEqual({ node: null })
    const extensions = { code: 'BAD_USER_INPUT', argument: ['id'] }
    expect(errors).toEqual([expect.objectContaining({ path: ['node'], extensions })])
  })
})

test('serves a trusted document with node', async () => {
  const document = 'query ($id: ID!) { node(id: $id) { ... on Post { title } } }'
  const url = await agora.startRouter({
    TRUSTED_DOCUMENTS: 'require',
    TRUSTED_DOCUMENTS_FILE: [temporaryFile(JSON.stringify({ node: document }), 'manifest.json')],
  })
  const send = (body: object) => sendBody(url, JSON.stringify(body))
  const variables = { id: ids['post'] }
  expect((await send({ documentId: 'node', variables })).data).toEqual({ node: { title: 'Hello' } })
  expect(await send({ documentId: 'node', variables: { id: ids['draft'] } })).toEqual({
    status: 200,
    data: { node: null },
  })
})

test('asks the owner once for all objects of an operation', async () => {
  const ask = (fields: string) =>
    agora.query(`query ($p: ID!, $d: ID!) { ${fields} }`, { p: ids['post'], d: ids['draft'] })
  const count = (fields: string) => agora.subgraphs.posts.recordCommands(() => ask(fields))
  const single = await count('a: node(id: $p) { id } d: post(id: $d) { id }')
  const many = await count(
    'a: node(id: $p) { id } b: node(id: $p) { id } c: node(id: $d) { id } d: post(id: $d) { id }',
  )
  expect(many.length).toBeLessThanOrEqual(single.length)
})

test('returns the error of an owner that cannot be reached, and the objects of the others', async () => {
  await agora.subgraphs.comments.close()
  const document =
    'query ($post: ID!, $comment: ID!) { post: node(id: $post) { id } comment: node(id: $comment) { id } }'
  for (const url of Object.values(urls)) {
    expect(await sendBody(url, JSON.stringify({ query: document, variables: ids }))).toEqual({
      status: 200,
      data: { post: { id: ids['post'] }, comment: null },
      errors: [
        {
          message: 'The service "comments" cannot be reached now.',
          path: ['comment'],
          extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'comments' },
        },
      ],
    })
  }
})
