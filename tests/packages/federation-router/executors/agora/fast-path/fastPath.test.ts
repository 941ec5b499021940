import { getOperationAST, parse } from 'graphql'

import { createOperationCompiler } from '../../../../../../packages/federation-router/executors/agora/executor'
import { decodeSerializedData } from '../../../../../../packages/federation-router/executors/serializedData'
import { createPlanner } from '../../../../../../packages/federation-router/planning/planner'
import type {
  TransportResponse,
  TransportRequest,
} from '../../../../../../packages/federation-router/transport/transportRequest'
import { composeSupergraph } from '../../../../../support/inMemoryFederation'

// Executes operations with literal responses of subgraphs: on the fast path where they have the expected shape, otherwise on the
// standard path, without sending a fetch twice.

const supergraph = composeSupergraph({
  posts: {
    typeDefs: `
      type Query { posts(first: Int): [Post!] post: Post either: [Either] }
      union Either = Post | User
      enum Tone { KIND HARSH }
      scalar Instant
      type Post @key(fields: "id") {
        id: ID! title: String words: Int score: Float isOpen: Boolean tone: Tone at: Instant! tags: [String!]
        author: User
      }
      type User @key(fields: "id") { id: ID! }`,
  },
  users: {
    typeDefs: `
      type Query { viewer: User }
      type User @key(fields: "id") { id: ID! name: String nick: String }`,
  },
  marks: {
    typeDefs: `type Post @key(fields: "id") { id: ID! likes: Int! marks: [Mark!]! } type Mark { by: User } type User @key(fields: "id") { id: ID! }`,
  },
})
const planner = createPlanner(supergraph)

/** Executes a query over subgraphs that return these texts, one after the other. */
async function execute(query: string, responses: Record<string, string | string[]>, variables = {}) {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('No operation')
  const remaining = new Map(Object.entries(responses).map(([name, texts]) => [name, [texts].flat()]))
  const sent: { service: string; body: unknown; isRead: boolean }[] = []
  const send = async (service: string, { body, tryReadResponse }: TransportRequest) => {
    const text = remaining.get(service)?.shift()
    if (text === undefined) throw new Error(`Unexpected fetch from ${service}: ${body.toString()}`)
    const bytes = Buffer.from(text)
    const isRead = tryReadResponse?.(bytes) ?? false
    sent.push({ service, body: JSON.parse(body.toString()), isRead })
    // Invalid JSON fails, as it does in the transport.
    return isRead ? {} : (JSON.parse(text) as TransportResponse)
  }
  const compileOperation = createOperationCompiler({ planner, fastPathAfter: 0 })
  const outcome = await compileOperation(document, operation).execute({
    variables,
    context: {
      requestId: '',
      viewerToken: undefined,
      signal: new AbortController().signal,
      deadline: Infinity,
    },
    send,
  })
  const representations = sent.flatMap(({ body }) => {
    const { variables } = body as { variables: { representations?: unknown[] } }
    return variables.representations ? [variables.representations] : []
  })
  return {
    text: outcome.texts ? decodeSerializedData(outcome) : JSON.stringify(outcome.data),
    outcome,
    isFast: sent.every(({ isRead }) => isRead),
    sent: sent.map(({ service }) => service),
    representations,
  }
}

const data = (value: string) => `{"data":${value}}`
const entities = (...values: string[]) => data(`{"_entities":[${values.join()}]}`)
const user = (id: string) => `{"__typename":"User","id":"${id}"}`

describe('a response with the expected shape', () => {
  it('is copied in the order of the operation', async () => {
    const { text, isFast } = await execute(
      '{ post { tags again: title score words isOpen tone at title } }',
      {
        // The planner selects fields of one name together.
        posts: data(
          '{"post":{"tags":["a","é 😀"],"again":"x","title":null,"score":-1.5e3,"words":0,"isOpen":true,"tone":"HARSH","at":{"y":[1,null,"z"]}}}',
        ),
      },
    )
    expect(isFast).toBe(true)
    expect(text).toBe(
      '{"post":{"tags":["a","é 😀"],"again":"x","score":-1.5e3,"words":0,"isOpen":true,"tone":"HARSH","at":{"y":[1,null,"z"]},"title":null}}',
    )
  })

  it('may have fields of other fetches between its own', async () => {
    const { text, isFast, representations } = await execute(
      '{ posts { likes title author { nick name } id marks { by { name } } } }',
      {
        posts: data(
          `{"posts":[{"__typename":"Post","id":"p1","title":"One","author":${user('u1')}},{"__typename":"Post","id":"p2","title":"Two","author":null}]}`,
        ),
        marks: entities(
          `{"likes":1,"marks":[{"by":${user('u2')}},{"by":${user('u1')}},{"by":${user('u2')}}]}`,
          '{"likes":2,"marks":[]}',
        ),
        users: [entities('{"nick":null,"name":"Ada"}'), entities('{"name":"Bo"}', '{"name":"Ada"}')],
      },
    )
    expect(isFast).toBe(true)
    expect(text).toBe(
      '{"posts":[{"likes":1,"title":"One","author":{"nick":null,"name":"Ada"},"id":"p1","marks":[{"by":{"name":"Bo"}},{"by":{"name":"Ada"}},{"by":{"name":"Bo"}}]},{"likes":2,"title":"Two","author":null,"id":"p2","marks":[]}]}',
    )
    expect(representations).toContainEqual([
      { __typename: 'User', id: 'u2' },
      { __typename: 'User', id: 'u1' },
    ])
  })

  it.each([
    ['escapes', '"a \\" b \\\\ \\u00e9 \\n"'],
    ['an escape at the end', '"\\\\"'],
    ['half of a surrogate pair, escaped', '"\\ud800"'],
    ['a string that looks like tokens', '"},{\\"id\\":\\"x"'],
    ['an empty string', '""'],
  ])('keeps %s', async (_, title) => {
    const { text, isFast } = await execute('{ post { title id } }', {
      posts: data(`{"post":{"title":${title},"id":"1"}}`),
    })
    expect(isFast).toBe(true)
    expect(JSON.parse(text ?? '')).toEqual({ post: { title: JSON.parse(title), id: '1' } })
  })

  it('may have extensions, which are dropped', async () => {
    const { text, isFast } = await execute('{ post { id } }', {
      posts: '{"data":{"post":{"id":"1"}},"extensions":{"cost":[1,{"a":"}"}]}}',
    })
    expect([isFast, text]).toEqual([true, '{"post":{"id":"1"}}'])
  })

  it('may have trailing white space, as those of Apollo Server have', async () => {
    const { text, isFast } = await execute('{ post { id } }', {
      posts: `${data('{"post":{"id":"1"}}')} \r\n`,
    })
    expect([isFast, text]).toEqual([true, '{"post":{"id":"1"}}'])
  })

  it('may have objects of several types', async () => {
    const { text, isFast } = await execute(
      '{ either { __typename ... on Post { title } ... on User { name } } }',
      {
        posts: data(
          `{"either":[{"__typename":"Post","title":"One"},${user('u1')},null,{"__typename":"Post","title":"Two"}]}`,
        ),
        users: entities('{"name":"Ada"}'),
      },
    )
    expect(isFast).toBe(true)
    expect(text).toBe(
      '{"either":[{"__typename":"Post","title":"One"},{"__typename":"User","name":"Ada"},null,{"__typename":"Post","title":"Two"}]}',
    )
  })

  it.each([
    ['many items', 5_000, 60],
    ['items longer than the window of the scanner', 3, 300_000],
  ])('may be long: %s', async (_, count, length) => {
    const titles = Array.from({ length: count }, (_, index) => `${index} é ${'x'.repeat(length)}`)
    const posts = titles.map((title, index) => `{"__typename":"Post","id":"p${index}","title":"${title}"}`)
    const { text, isFast } = await execute('{ posts { title likes } }', {
      posts: data(`{"posts":[${posts.join()}]}`),
      marks: entities(...titles.map((_, index) => `{"likes":${index}}`)),
    })
    expect(isFast).toBe(true)
    expect(JSON.parse(text ?? '')).toEqual({ posts: titles.map((title, likes) => ({ title, likes })) })
  })
})

describe('a response with another shape', () => {
  const expected = { post: { id: '1', title: 'One', words: 2 } }
  const query = '{ post { id title words } }'

  it.each([
    ['white space', '{ "data": { "post": { "id": "1", "title": "One", "words": 2 } } }'],
    ['another order', data('{"post":{"title":"One","words":2,"id":"1"}}')],
    ['an unknown field', data('{"post":{"id":"1","title":"One","words":2,"more":[]}}')],
    ['a number in another form', data('{"post":{"id":"1","title":"One","words":2.0}}')],
  ])('falls back to the standard path: %s', async (_, posts) => {
    const { outcome, isFast, text } = await execute(query, { posts })
    expect(isFast).toBe(false)
    expect(outcome).toMatchObject({ errors: [] })
    expect(JSON.parse(text ?? '')).toEqual(expected)
  })

  it.each([
    ['a value of another type', data('{"post":{"id":"1","title":{},"words":2}}'), ['post', 'title']],
    [
      'a number that is too large',
      data('{"post":{"id":"1","title":"One","words":2147483648}}'),
      ['post', 'words'],
    ],
    ['a null of a non-null type', data('{"post":{"id":null,"title":"One","words":2}}'), ['post', 'id']],
    ['an error', '{"data":{"post":null},"errors":[{"message":"No","path":["post"]}]}', ['post']],
  ])('is reported: %s', async (_, posts, path) => {
    const { outcome } = await execute(query, { posts })
    expect(outcome).toMatchObject({ errors: [{ path }] })
  })

  it.each([
    ['a control character in a string', '{"data":{"post":{"id":"1","title":"a\u0001","words":2}}}'],
    ['an invalid escape', data('{"post":{"id":"1","title":"\\x41","words":2}}')],
    ['an incomplete escape', data('{"post":{"id":"1","title":"\\u12"}}')],
    ['a truncated body', '{"data":{"post":{"id":"1","title":"One'],
    ['text after the end', `${data('{"post":{"id":"1","title":"One","words":2}}')}}`],
    ['a number with a leading zero', data('{"post":{"id":"1","title":"One","words":02}}')],
    ['too few objects', data('{"post":{"id":"1","title":"One","words":2}')],
  ])('is not accepted if it is not JSON: %s', async (_, posts) => {
    const { outcome, isFast } = await execute(query, { posts })
    expect(isFast).toBe(false)
    expect(outcome).toMatchObject({ data: { post: null }, errors: [{ path: ['post'] }] })
  })

  it('does not cause other fetches to be sent again', async () => {
    const { text, sent, isFast } = await execute(
      '{ posts { title author { name } likes } viewer { name } }',
      {
        posts: data(`{"posts":[{"__typename":"Post","id":"p1","title":"One","author":${user('ü1')}}]}`),
        marks: '{"data": {"_entities": [{"likes": 7}]}}',
        users: [data('{"viewer":{"name":"Cy"}}'), entities('{"name":"Ada"}')],
      },
    )
    expect(isFast).toBe(false)
    expect(JSON.parse(text ?? '')).toEqual({
      posts: [{ title: 'One', author: { name: 'Ada' }, likes: 7 }],
      viewer: { name: 'Cy' },
    })
    expect([...sent].sort()).toEqual(['marks', 'posts', 'users', 'users'])
  })

  it('falls back without waiting for pending fetches', async () => {
    const document = parse('{ posts { title likes } viewer { name } }')
    const operation = getOperationAST(document)
    if (!operation) throw new Error('No operation')
    let respond = () => {}
    const slow = new Promise<void>((resolve) => {
      respond = resolve
    })
    const compileOperation = createOperationCompiler({ planner, fastPathAfter: 0 })
    const outcome = compileOperation(document, operation).execute({
      variables: {},
      context: {
        requestId: '',
        viewerToken: undefined,
        signal: new AbortController().signal,
        deadline: Infinity,
      },
      async send(service) {
        if (service === 'users') await slow
        // Only the standard path fetches this, while the fetch from users is pending.
        if (service === 'marks') respond()
        if (service === 'users') return { data: { viewer: { name: 'Cy' } } }
        return service === 'marks'
          ? { data: { _entities: [{ likes: 1 }] } }
          : { data: { posts: [{ __typename: 'Post', id: 'p1', title: 'One' }] } }
      },
    })
    expect(await outcome).toEqual({
      data: { posts: [{ title: 'One', likes: 1 }], viewer: { name: 'Cy' } },
      errors: [],
    })
  })
})
