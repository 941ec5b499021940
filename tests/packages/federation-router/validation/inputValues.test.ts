import { buildSchema, getOperationAST, GraphQLError, parse, Source } from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { compileVariableCheck } from '../../../../packages/federation-router/executors/variables/variableValues'
import { toPublicMessage } from '../../../../packages/federation-router/request/publicMessage'
import { projectRoot } from '../../../../packages/platform/config/projectRoot'
import {
  startRouter,
  type RouterResponse,
  type SendOptions,
  type TestRouter,
} from '../../../support/federation-router/testRouter'

// All that is refused here is refused before a subgraph is needed: none runs.
const supergraph = readFileSync(join(projectRoot, 'schema', 'supergraph.graphql'), 'utf8')
const bodyLimit = 1_500_000

let development: TestRouter
let production: TestRouter
beforeAll(async () => {
  development = await startRouter({}, new Map(), supergraph)
  production = await startRouter({ NODE_ENV: 'production' }, new Map(), supergraph)
})
afterAll(async () => {
  await development.close()
  await production.close()
})

/** The same request to both; a response must be small whatever the request's size. */
async function sendToBoth(query: string, variables?: SendOptions['variables']): Promise<RouterResponse[]> {
  const responses = await Promise.all(
    [development, production].map((router) => router.send(query, { ...(variables && { variables }) })),
  )
  for (const { text, errors } of responses) {
    expect(text.length).toBeLessThan(60_000)
    expect(errors?.length ?? 0).toBeLessThanOrEqual(51)
  }
  return responses
}

const listCodes = (responses: readonly RouterResponse[]) => [
  ...new Set(responses.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions['code']))),
]

describe('variables of the size of the body limit', () => {
  const posts =
    'query ($filter: PostFilter, $first: Int) { posts(filter: $filter, first: $first) { nodes { id } } }'

  it.each([
    ['an input object with unknown fields', { filter: unknownFields() }],
    ['a string in place of a number', { first: 'Did you mean '.repeat(110_000) }],
    ['an array in place of a number', { first: Array.from({ length: 700_000 }, () => 1) }],
    ['a list of invalid items', { filter: { authorId: Array.from({ length: 350_000 }, () => 1.5) } }],
  ])('are refused with few and short messages: %s', async (_what, variables) => {
    const responses = await sendToBoth(posts, variables)
    expect(listCodes(responses)).toEqual(['BAD_USER_INPUT'])
  })

  it('are refused when they are nested more deeply than the stack allows', async () => {
    const deep = `${'['.repeat(700_000)}${']'.repeat(700_000)}`
    const query = 'query ($after: DateTime) { events(filter: { startsAfter: $after }) { nodes { id } } }'
    const response = await fetch(`${production.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":${JSON.stringify(query)},"variables":{"after":${deep}}}`,
    })
    const { errors } = (await response.json()) as RouterResponse
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'The variable "$after" has an invalid value: it is nested too deeply.',
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    ])
  })

  it('are read once: no message is built beyond the fiftieth', () => {
    const schema = buildSchema('input Filter { a: Int } type Query { posts(filter: Filter): Int }')
    const document = parse('query ($filter: Filter) { posts(filter: $filter) }')
    const operation = getOperationAST(document)
    if (!operation) throw new Error('The document has an operation.')
    let reads = 0
    const filter = new Proxy(unknownFields(), { get: () => ++reads })
    const errors = compileVariableCheck(schema, operation, new Set())({ filter })
    expect(errors).toHaveLength(50)
    expect(reads).toBe(0)
  })
})

function unknownFields(): Record<string, number> {
  return Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 1]))
}

describe('documents of the size of the body limit', () => {
  const manyErrors = Array.from(
    { length: 200 },
    (_, n) => `a${n}: posts(first: $v${n}) { nodes { id } }`,
  ).join(' ')

  it.each([
    ['of line breaks', `${'\n'.repeat(700_000)}{ ${manyErrors} }`],
    ['of carriage returns', `${'\r'.repeat(700_000)}{ ${manyErrors} }`],
    ['with an operation of a long name', `query ${'L'.repeat(bodyLimit - 20_000)} { ${manyErrors} }`],
    ['with a field of a long name', `{ ${'f'.repeat(bodyLimit - 1_000)} }`],
  ])('are refused before they are parsed: %s', async (_what, query) => {
    const responses = await sendToBoth(query)
    expect(listCodes(responses)).toEqual(['QUERY_TOO_COMPLEX'])
  })

  it.each([
    [
      'a long string in place of a number',
      `{ posts(first: "${'Did you mean '.repeat(100_000)}") { nodes { id } } }`,
    ],
    ['many unknown fields', `{ ${Array.from({ length: 3_900 }, (_, n) => `f${n}`).join(' ')} }`],
    ['a syntax error behind a long string', `{ posts "${'x'.repeat(1_400_000)}" }`],
  ])('get few and short messages: %s', async (_what, query) => {
    const responses = await sendToBoth(query)
    expect(listCodes(responses)).toHaveLength(1)
    expect(listCodes(responses)[0]).toMatch(/^GRAPHQL_(VALIDATION|PARSE)_FAILED$/)
  })

  it.each([
    [
      'a float',
      '{ events(filter: { near: { latitude: 1e999, longitude: 0, radiusKm: 1 } }) { nodes { id } } }',
    ],
    [
      'a float of many digits',
      `{ events(filter: { near: { latitude: ${'9'.repeat(400)}, longitude: 0, radiusKm: 1 } }) { nodes { id } } }`,
    ],
    ['a custom scalar', '{ events(filter: { startsAfter: 1e999 }) { nodes { id } } }'],
    [
      'a default value',
      'query ($d: DateTime = -1e999) { events(filter: { startsAfter: $d }) { nodes { id } } }',
    ],
  ])('may not contain a number beyond the range of a double: %s', async (_what, query) => {
    const responses = await sendToBoth(query)
    expect(listCodes(responses)).toEqual(['GRAPHQL_VALIDATION_FAILED'])
  })

  it('get few locations, however many fragments form a circle', async () => {
    const count = 390
    const fragments = Array.from(
      { length: count },
      (_, n) => `fragment F${n} on Query { ...F${(n + 1) % count} ...F0 }`,
    )
    const { errors } = await production.send(`{ ...F0 } ${fragments.join(' ')}`)
    expect(errors?.[0]?.message).toContain('within itself')
    expect(Math.max(...(errors ?? []).map(({ locations = [] }) => locations.length))).toBe(10)
  })

  it('may have as many lines as tokens, with any line terminator', async () => {
    const query = `${'\r\n'.repeat(3_900)}{ __typename }`
    const [response] = await sendToBoth(query)
    expect(response?.data).toEqual({ __typename: 'Query' })
  })
})

describe('a message about a value', () => {
  const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { message } } }'
  const secret = 'correct horse battery staple'

  it.each([
    [
      'an input object with an unknown field',
      signIn,
      { input: { email: 'a@b.example', password: secret, x: 1 } },
    ],
    ['an input object that lacks a field', signIn, { input: { password: secret } }],
    ['a string in place of an object', signIn, { input: secret }],
    ['a string in place of a number', 'query ($n: Int) { posts(first: $n) { nodes { id } } }', { n: secret }],
    [
      'a string in place of an enum value',
      'query ($o: PostOrder) { posts(orderBy: $o) { nodes { id } } }',
      { o: secret },
    ],
    ['a literal in place of a number', `{ posts(first: "${secret}") { nodes { id } } }`, {}],
    [
      'an object literal in place of a string',
      `mutation { signIn(input: { email: { password: "${secret}" }, password: "x" }) { userErrors { message } } }`,
      {},
    ],
  ])('does not contain the value: %s', async (_what, query, variables) => {
    const responses = await sendToBoth(query, variables)
    for (const { text, errors } of responses) {
      expect(errors?.length).toBeGreaterThan(0)
      expect(text).not.toContain('horse')
    }
  })

  it('names the place and the reason', async () => {
    const query = 'query ($f: PostFilter) { posts(filter: $f) { nodes { id } } }'
    const { errors } = await development.send(query, { variables: { f: { tag: 7, x: 1 } } })
    expect(errors?.map(({ message }) => message)).toEqual([
      'The variable "$f" has an invalid value at "f.tag": it must be a string.',
      'The variable "$f" has an invalid value: its field "x" is unknown.',
    ])
  })
})

describe('where the schema is not public', () => {
  it('introspection is refused with the cause', async () => {
    const { errors } = await production.send('{ __schema { types { name } } }')
    expect(errors?.[0]?.message).toContain('disabled in the configuration of the router')
  })

  it('a document is read once, however many names its errors quote', () => {
    const source = new Source(`# ${'f'.repeat(1_000)}\n{ f f f }`)
    const { body } = source
    let reads = 0
    Object.defineProperty(source, 'body', { get: () => (reads++, body) })
    const error = new GraphQLError('', { nodes: parse(source) })
    const format = () => toPublicMessage('"f" on "Secret"', error, true)
    expect(format()).toBe('"f" on (hidden)')
    reads = 0
    for (let n = 0; n < 50; n++) format()
    expect(reads).toBe(0)
  })

  it.each([
    ['an unknown field', '{ post(id: "pst_1") { titel } }', {}],
    ['a field without its selection', '{ posts }', {}],
    ['an argument that is missing', '{ post { title } }', {}],
    ['an unknown argument', '{ posts(limit: 1) { nodes { id } } }', {}],
    ['a variable of another type', 'query ($n: String) { posts(first: $n) { nodes { id } } }', {}],
    ['an enum value that does not exist', '{ posts(orderBy: NEWEST) { nodes { id } } }', {}],
    ['a literal of another type', '{ posts(orderBy: 1) { nodes { id } } }', {}],
    ['an impossible fragment', '{ post(id: "pst_1") { ... on User { id } } }', {}],
    [
      'an input field that is missing',
      'mutation { signIn(input: { email: "a" }) { userErrors { code } } }',
      {},
    ],
    [
      'a variable without a required field',
      'mutation ($i: SignInInput!) { signIn(input: $i) { userErrors { code } } }',
      { i: {} },
    ],
    [
      'a variable that is no enum value',
      'query ($o: PostOrder) { posts(orderBy: $o) { nodes { id } } }',
      { o: 'X' },
    ],
  ])('a message contains only names of the request: %s', async (_what, query, variables) => {
    const { errors } = await production.send(query, { variables })
    expect(errors?.length).toBeGreaterThan(0)
    const sent = new Set(query.match(/\w+/g))
    for (const { message } of errors ?? []) {
      const named = [...message.matchAll(/"([^"]*)"/g)].flatMap(([, text = '']) => text.match(/\w+/g) ?? [])
      expect(named.filter((name) => !sent.has(name))).toEqual([])
    }
  })
})
