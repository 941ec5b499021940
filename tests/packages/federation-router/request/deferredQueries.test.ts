import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { createGunzip } from 'node:zlib'

import {
  startForeignFederation,
  type ForeignFederation,
  type ForeignSubgraphs,
} from '../../../support/federation-router/foreignFederation'
import { readParts, type ResponsePart } from '../../../support/federation-router/readParts'
import { startRouter, startShop, type RunningShop } from '../../../support/federation-router/testRouter'
import { waitUntil } from '../../../support/processes'

const apolloFormat = 'multipart/mixed;deferSpec=20220824'
const graphqlFormat = 'multipart/mixed;incrementalSpec=v0.2'

/** Reviews respond when this is resolved. */
let reviewsMayRespond: Promise<void> | undefined

const books = [{ id: '1' }, { id: '2' }]
const subgraphs: ForeignSubgraphs = {
  books: {
    typeDefs: `
      type Book @key(fields: "id") { id: ID! title: String }
      type Query { books: [Book!]! book: Book }
      type Mutation { addBook: Book }
      type Subscription { added: Book }`,
    resolvers: {
      Query: { books: () => books, book: () => books[0] },
      Mutation: { addBook: () => books[1] },
      Book: { title: ({ id }: { id: string }) => `Book ${id}` },
    },
  },
  reviews: {
    typeDefs: `
      type Book @key(fields: "id") { id: ID! stars: Int must: Int! secret: Int @authenticated reviews: [Review!] }
      type Review { text: String score: Int! }`,
    resolvers: {
      Book: {
        __resolveReference: async ({ id }: { id: string }) => {
          await reviewsMayRespond
          return { id }
        },
        stars: ({ id }: { id: string }) => Number(id),
        must: ({ id }: { id: string }) => (id === '1' ? 1 : null),
        secret: () => 42,
        reviews: () => [{ text: 'Good', score: 3 }],
      },
    },
  },
}

let federation: ForeignFederation
beforeAll(async () => {
  federation = await startForeignFederation(subgraphs)
})
afterEach(() => {
  reviewsMayRespond = undefined
})
afterAll(() => federation.close())

const post = (query: string, accept: string, { variables, ...headers }: Record<string, unknown> = {}) =>
  fetch(`${federation.router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...(headers as Record<string, string>) },
    body: JSON.stringify({ query, variables }),
  })

async function readAll(query: string, accept: string, options?: Record<string, unknown>) {
  const response = await post(query, accept, options)
  if (!response.body) throw new Error('There is no body.')
  const parts: ResponsePart[] = []
  for await (const part of readParts(response.body)) parts.push(part)
  return { contentType: response.headers.get('content-type'), parts }
}

const starsQuery = '{ books { title ... @defer(label: "stars") { stars } } }'
const titles = [{ title: 'Book 1' }, { title: 'Book 2' }]

describe('the formats', () => {
  it('has the data of each fragment by its path, for deferSpec=20220824', async () => {
    const { contentType, parts } = await readAll(starsQuery, `${apolloFormat}, application/json`)
    expect(contentType).toBe('multipart/mixed;boundary="graphql";deferSpec=20220824')
    expect(parts).toEqual([
      { data: { books: titles }, hasNext: true },
      {
        incremental: [
          { data: { stars: 1 }, path: ['books', 0], label: 'stars' },
          { data: { stars: 2 }, path: ['books', 1], label: 'stars' },
        ],
        hasNext: false,
      },
    ])
  })

  it('announces and completes each fragment, for incrementalSpec=v0.2', async () => {
    const { contentType, parts } = await readAll(starsQuery, graphqlFormat)
    expect(contentType).toBe('multipart/mixed;boundary="graphql";incrementalSpec=v0.2')
    expect(parts).toEqual([
      {
        data: { books: titles },
        pending: [
          { id: '0', path: ['books', 0], label: 'stars' },
          { id: '1', path: ['books', 1], label: 'stars' },
        ],
        hasNext: true,
      },
      {
        incremental: [
          { id: '0', data: { stars: 1 } },
          { id: '1', data: { stars: 2 } },
        ],
        completed: [{ id: '0' }, { id: '1' }],
        hasNext: false,
      },
    ])
  })

  it.each([
    ['application/json', 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
    ['multipart/mixed;deferSpec=20220824;q=0, application/json', 'application/json; charset=utf-8'],
  ])('sends the whole response to a client that accepts %s', async (accept, contentType) => {
    const response = await post(starsQuery, accept)
    expect(response.headers.get('content-type')).toBe(contentType)
    expect(await response.json()).toEqual({
      data: {
        books: [
          { title: 'Book 1', stars: 1 },
          { title: 'Book 2', stars: 2 },
        ],
      },
    })
  })

  it('sends a response without deferred fragments as JSON', async () => {
    const response = await post('{ books { title } }', `${apolloFormat}, application/json`)
    expect(await response.json()).toEqual({ data: { books: titles } })
  })
})

describe('the order of parts', () => {
  it.each([apolloFormat, graphqlFormat])('does not wait for a deferred fragment, with %s', async (accept) => {
    let respond = (): void => undefined
    reviewsMayRespond = new Promise((resolve) => (respond = resolve))
    const { body } = await post(starsQuery, accept)
    if (!body) throw new Error('There is no body.')
    const parts = readParts(body)
    const first = await parts.next()
    expect(first.value).toMatchObject({ data: { books: titles }, hasNext: true })
    respond()
    expect(await parts.next()).toMatchObject({ value: { hasNext: false } })
    expect(await parts.next()).toEqual({ done: true, value: undefined })
  })

  it('flushes each part of a compressed response', async () => {
    let respond = (): void => undefined
    reviewsMayRespond = new Promise((resolve) => (respond = resolve))
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', accept: apolloFormat, 'accept-encoding': 'gzip' }
      const sent = httpRequest(`${federation.router.url}/graphql`, { method: 'POST', headers }, resolve)
      sent.on('error', reject)
      sent.end(JSON.stringify({ query: starsQuery }))
    })
    expect(response.headers['content-encoding']).toBe('gzip')
    const parts = readParts(response.pipe(createGunzip()))
    expect((await parts.next()).value).toMatchObject({ hasNext: true })
    respond()
    expect((await parts.next()).value).toMatchObject({ hasNext: false })
    expect((await parts.next()).done).toBe(true)
  })

  it('announces a fragment within another one when that is delivered', async () => {
    const query =
      '{ books { id ... @defer(label: "a") { stars ... @defer(label: "b") { reviews { text ... @defer(label: "c") { score } } } } } }'
    const { parts } = await readAll(query, graphqlFormat)
    const labels = parts.map(({ pending = [] }) => [
      ...new Set((pending as { label: string }[]).map(({ label }) => label)),
    ])
    expect(labels).toEqual([['a'], ['b'], ['c'], []])
    expect(parts.at(-1)).toMatchObject({ incremental: [{ data: { score: 3 } }, { data: { score: 3 } }] })
  })
})

describe('conditions', () => {
  const query = 'query ($late: Boolean!) { book { title ... @defer(if: $late) { stars } } }'

  it('defers a fragment whose condition is met', async () => {
    const { parts } = await readAll(query, apolloFormat, { variables: { late: true } })
    expect(parts).toEqual([
      { data: { book: { title: 'Book 1' } }, hasNext: true },
      { incremental: [{ data: { stars: 1 }, path: ['book'] }], hasNext: false },
    ])
  })

  it('includes the others', async () => {
    const { parts } = await readAll(query, apolloFormat, { variables: { late: false } })
    expect(parts).toEqual([{ data: { book: { title: 'Book 1', stars: 1 } }, hasNext: false }])
    const constant = await readAll(
      '{ book { ... @defer(if: false) { stars } } }',
      `${apolloFormat}, */*`,
    ).catch((error: unknown) => error)
    expect(String(constant)).toContain('{\\"data\\":{\\"book\\":{\\"stars\\":1}}}')
  })
})

describe('errors', () => {
  const query = '{ books { title ... @defer { stars must } } }'
  const error = {
    message: expect.any(String) as unknown,
    path: ['books', 1, 'must'],
    extensions: expect.anything() as unknown,
  }

  it('end at the object of the fragment, for deferSpec=20220824', async () => {
    const { parts } = await readAll(query, apolloFormat)
    expect(parts).toEqual([
      { data: { books: titles }, hasNext: true },
      {
        incremental: [
          { data: { stars: 1, must: 1 }, path: ['books', 0] },
          { data: null, path: ['books', 1], errors: [error] },
        ],
        hasNext: false,
      },
    ])
  })

  it('end at the object of the fragment, for incrementalSpec=v0.2', async () => {
    const { parts } = await readAll(query, graphqlFormat)
    expect(parts[1]).toEqual({
      incremental: [{ id: '0', data: { stars: 1, must: 1 } }],
      completed: [{ id: '0' }, { id: '1', errors: [error] }],
      hasNext: false,
    })
  })

  it('reports a field that the viewer may not read with its fragment', async () => {
    const { parts } = await readAll('{ book { title ... @defer { stars secret } } }', apolloFormat)
    expect(parts[0]).toEqual({ data: { book: { title: 'Book 1' } }, hasNext: true })
    expect(parts[1]).toMatchObject({
      incremental: [
        {
          data: { stars: 1, secret: null },
          errors: [{ path: ['book', 'secret'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }],
        },
      ],
    })
  })

  it.each([
    ['{ books @stream { title } }', 'The router does not support "@stream". Request the list in pages.'],
    ['{ books @other { title } }', 'Unknown directive "@other".'],
    ['query ($l: String) { book { ... @defer(label: $l) { stars } } }', 'must be a string'],
    ['{ book { ... @defer(label: "a") { stars } ... @defer(label: "a") { title } } }', 'several labels "a"'],
  ])('refuses %s', async (invalid, message) => {
    const response = await post(invalid, `${apolloFormat}, application/json`)
    expect(await response.json()).toMatchObject({
      errors: [
        {
          message: expect.stringContaining(message) as unknown,
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
        },
      ],
    })
  })

  it('executes mutations whole', async () => {
    const response = await post('mutation { addBook { id ... @defer { stars } } }', `${apolloFormat}, */*`)
    expect(await response.json()).toEqual({ data: { addBook: { id: '2', stars: 2 } } })
  })
})

describe('the query plan', () => {
  it('is in the last part', async () => {
    const { parts } = await readAll(starsQuery, apolloFormat, { 'apollo-expose-query-plan': 'true' })
    expect(parts[0]).not.toHaveProperty('extensions')
    expect(parts.at(-1)).toMatchObject({
      extensions: {
        apolloQueryPlan: { object: { node: { kind: 'Defer' } } },
        fetchTimings: [
          { subgraph: 'books', fetch: 0 },
          { subgraph: 'reviews', fetch: 1 },
        ],
      },
    })
  })
})

describe('the schema', () => {
  it.each([
    ['agora', true],
    ['apollo', false],
  ])('has @defer with the executor %s: %s', async (executor, isSupported) => {
    const router = await startRouter({ ROUTER_EXECUTOR: executor })
    const { data } = await router.send('{ __schema { directives { name } } }')
    const names = (data as { __schema: { directives: { name: string }[] } }).__schema.directives
    expect(names.some(({ name }) => name === 'defer')).toBe(isSupported)
    const { errors } = await router.send('{ __typename ... @defer { __typename } }')
    if (!isSupported) expect(errors).toMatchObject([{ message: 'Unknown directive "@defer".' }])
    await router.close()
  })
})

describe('Apollo Client', () => {
  it.each([
    ['Defer20220824Handler', () => new Defer20220824Handler()],
    ['GraphQL17Alpha9Handler', () => new GraphQL17Alpha9Handler()],
  ])('receives the parts with %s', async (_name, createHandler) => {
    const client = new ApolloClient({
      link: new HttpLink({ uri: `${federation.router.url}/graphql` }),
      cache: new InMemoryCache(),
      incrementalHandler: createHandler(),
    })
    let respond = (): void => undefined
    reviewsMayRespond = new Promise((resolve) => (respond = resolve))
    const received: unknown[] = []
    await new Promise<void>((resolve, reject) => {
      client.watchQuery({ query: gql(starsQuery), errorPolicy: 'all' }).subscribe({
        next({ data, dataState }) {
          if (dataState === 'empty') return
          received.push(data)
          if (dataState === 'streaming') respond()
          if (dataState === 'complete') resolve()
        },
        error: reject,
      })
    })
    client.stop()
    expect(received[0]).toMatchObject({ books: [{ title: 'Book 1' }, { title: 'Book 2' }] })
    expect(received[0]).not.toMatchObject({ books: [{ stars: 1 }, {}] })
    expect(received.at(-1)).toMatchObject({ books: [{ stars: 1 }, { stars: 2 }] })
  })
})

describe('a client that disconnects', () => {
  let shop: RunningShop
  beforeAll(async () => {
    shop = await startShop()
  })
  afterAll(() => shop.close())

  it('cancels the fetches of deferred fragments', async () => {
    let held: ServerResponse | undefined
    shop.subgraphs.people.misbehave((_request, response) => void (held = response))
    const client = new AbortController()
    const response = await fetch(`${shop.router.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: apolloFormat },
      body: JSON.stringify({
        query: '{ books { nodes { title } } ... @defer { person(id: "1") { name } } }',
      }),
      signal: client.signal,
    })
    if (!response.body) throw new Error('There is no body.')
    const parts = readParts(response.body)
    expect((await parts.next()).value).toMatchObject({ data: { books: {} }, hasNext: true })
    await waitUntil('the fetch arrives', () => held !== undefined)
    expect(held?.destroyed).toBe(false)
    client.abort()
    await waitUntil('the fetch is cancelled', () => held?.destroyed === true)
    await waitUntil('the request is logged', () =>
      shop.router.logged.some(({ status }) => status === 'aborted'),
    )
  })
})
