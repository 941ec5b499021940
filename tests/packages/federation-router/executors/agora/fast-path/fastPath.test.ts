import { getOperationAST, parse } from 'graphql'

import { createOperationCompiler } from '../../../../../../packages/federation-router/executors/agora/executor'
import { decodeSerializedData } from '../../../../../../packages/federation-router/executors/serializedData'
import { createPlanner } from '../../../../../../packages/federation-router/planning/planner'
import type {
  TransportResponse,
  TransportRequest,
} from '../../../../../../packages/federation-router/transport/transport'
import { composeSupergraph } from '../../../../../support/inMemoryFederation'

// What comes of answers that are given word by word: on the direct path where they are as expected, and on the complete
// path, with nothing asked twice, where they are not.

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

/** Runs a query over subgraphs that answer with these texts, each service's in turn. */
async function ask(query: string, answers: Record<string, string | string[]>, variables = {}) {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('No operation')
  const left = new Map(Object.entries(answers).map(([name, texts]) => [name, [texts].flat()]))
  const sent: { service: string; body: unknown; isRead: boolean }[] = []
  const send = async (service: string, { body, tryReadResponse }: TransportRequest) => {
    const text = left.get(service)?.shift()
    if (text === undefined) throw new Error(`${service} is asked once more: ${body.toString()}`)
    const bytes = Buffer.from(text)
    const isRead = tryReadResponse?.(bytes) ?? false
    sent.push({ service, body: JSON.parse(body.toString()), isRead })
    // What is no JSON fails, as it does in the transport.
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
    isDirect: sent.every(({ isRead }) => isRead),
    sent: sent.map(({ service }) => service),
    representations,
  }
}

const data = (value: string) => `{"data":${value}}`
const entities = (...values: string[]) => data(`{"_entities":[${values.join()}]}`)
const user = (id: string) => `{"__typename":"User","id":"${id}"}`

describe('an answer that is as expected', () => {
  it('is shown as it stands, in the order of the operation', async () => {
    const { text, isDirect } = await ask('{ post { tags again: title score words isOpen tone at title } }', {
      // The planner asks for fields of one name together.
      posts: data(
        '{"post":{"tags":["a","é 😀"],"again":"x","title":null,"score":-1.5e3,"words":0,"isOpen":true,"tone":"HARSH","at":{"y":[1,null,"z"]}}}',
      ),
    })
    expect(isDirect).toBe(true)
    expect(text).toBe(
      '{"post":{"tags":["a","é 😀"],"again":"x","score":-1.5e3,"words":0,"isOpen":true,"tone":"HARSH","at":{"y":[1,null,"z"]},"title":null}}',
    )
  })

  it('may come without fields that are asked for entities alone, between others', async () => {
    const { text, isDirect, representations } = await ask(
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
    expect(isDirect).toBe(true)
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
    ['what looks like a token', '"},{\\"id\\":\\"x"'],
    ['nothing', '""'],
  ])('keeps %s', async (_, title) => {
    const { text, isDirect } = await ask('{ post { title id } }', {
      posts: data(`{"post":{"title":${title},"id":"1"}}`),
    })
    expect(isDirect).toBe(true)
    expect(JSON.parse(text ?? '')).toEqual({ post: { title: JSON.parse(title), id: '1' } })
  })

  it('may have extensions, which nobody sees', async () => {
    const { text, isDirect } = await ask('{ post { id } }', {
      posts: '{"data":{"post":{"id":"1"}},"extensions":{"cost":[1,{"a":"}"}]}}',
    })
    expect([isDirect, text]).toEqual([true, '{"post":{"id":"1"}}'])
  })

  it("may have white space behind it, as Apollo Server's have", async () => {
    const { text, isDirect } = await ask('{ post { id } }', { posts: `${data('{"post":{"id":"1"}}')} \r\n` })
    expect([isDirect, text]).toEqual([true, '{"post":{"id":"1"}}'])
  })

  it('may be of several types', async () => {
    const { text, isDirect } = await ask(
      '{ either { __typename ... on Post { title } ... on User { name } } }',
      {
        posts: data(
          `{"either":[{"__typename":"Post","title":"One"},${user('u1')},null,{"__typename":"Post","title":"Two"}]}`,
        ),
        users: entities('{"name":"Ada"}'),
      },
    )
    expect(isDirect).toBe(true)
    expect(text).toBe(
      '{"either":[{"__typename":"Post","title":"One"},{"__typename":"User","name":"Ada"},null,{"__typename":"Post","title":"Two"}]}',
    )
  })

  it.each([
    ['many items', 5_000, 60],
    ['items longer than what is looked at at once', 3, 300_000],
  ])('may be long: %s', async (_, count, length) => {
    const titles = Array.from({ length: count }, (_, index) => `${index} é ${'x'.repeat(length)}`)
    const posts = titles.map((title, index) => `{"__typename":"Post","id":"p${index}","title":"${title}"}`)
    const { text, isDirect } = await ask('{ posts { title likes } }', {
      posts: data(`{"posts":[${posts.join()}]}`),
      marks: entities(...titles.map((_, index) => `{"likes":${index}}`)),
    })
    expect(isDirect).toBe(true)
    expect(JSON.parse(text ?? '')).toEqual({ posts: titles.map((title, likes) => ({ title, likes })) })
  })
})

describe('an answer that is not as expected', () => {
  const expected = { post: { id: '1', title: 'One', words: 2 } }
  const query = '{ post { id title words } }'

  it.each([
    ['white space', '{ "data": { "post": { "id": "1", "title": "One", "words": 2 } } }'],
    ['another order', data('{"post":{"title":"One","words":2,"id":"1"}}')],
    ['more than was asked for', data('{"post":{"id":"1","title":"One","words":2,"more":[]}}')],
    ['a number in another form', data('{"post":{"id":"1","title":"One","words":2.0}}')],
  ])('is answered all the same: %s', async (_, posts) => {
    const { outcome, isDirect, text } = await ask(query, { posts })
    expect(isDirect).toBe(false)
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
    ['a null where there is none', data('{"post":{"id":null,"title":"One","words":2}}'), ['post', 'id']],
    ['an error', '{"data":{"post":null},"errors":[{"message":"No","path":["post"]}]}', ['post']],
  ])('has its error: %s', async (_, posts, path) => {
    const { outcome } = await ask(query, { posts })
    expect(outcome).toMatchObject({ errors: [{ path }] })
  })

  it.each([
    ['a control character in a string', '{"data":{"post":{"id":"1","title":"a\u0001","words":2}}}'],
    ['an escape that JSON has not', data('{"post":{"id":"1","title":"\\x41","words":2}}')],
    ['half an escape', data('{"post":{"id":"1","title":"\\u12"}}')],
    ['an end in the middle', '{"data":{"post":{"id":"1","title":"One'],
    ['something behind the end', `${data('{"post":{"id":"1","title":"One","words":2}}')}}`],
    ['a number with a leading zero', data('{"post":{"id":"1","title":"One","words":02}}')],
    ['too few objects', data('{"post":{"id":"1","title":"One","words":2}')],
  ])('is not read directly, for it is no JSON: %s', async (_, posts) => {
    const { outcome, isDirect } = await ask(query, { posts })
    expect(isDirect).toBe(false)
    expect(outcome).toMatchObject({ data: { post: null }, errors: [{ path: ['post'] }] })
  })

  it('does not have others asked again', async () => {
    const { text, sent, isDirect } = await ask('{ posts { title author { name } likes } viewer { name } }', {
      posts: data(`{"posts":[{"__typename":"Post","id":"p1","title":"One","author":${user('ü1')}}]}`),
      marks: '{"data": {"_entities": [{"likes": 7}]}}',
      users: [data('{"viewer":{"name":"Cy"}}'), entities('{"name":"Ada"}')],
    })
    expect(isDirect).toBe(false)
    expect(JSON.parse(text ?? '')).toEqual({
      posts: [{ title: 'One', author: { name: 'Ada' }, likes: 7 }],
      viewer: { name: 'Cy' },
    })
    expect([...sent].sort()).toEqual(['marks', 'posts', 'users', 'users'])
  })

  it('is not waited for by what need not', async () => {
    const document = parse('{ posts { title likes } viewer { name } }')
    const operation = getOperationAST(document)
    if (!operation) throw new Error('No operation')
    let proceed = () => {}
    const slow = new Promise<void>((resolve) => {
      proceed = resolve
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
        // Asked on the complete path only, while users still takes its time.
        if (service === 'marks') proceed()
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
