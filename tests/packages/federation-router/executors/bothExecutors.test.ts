import { configShape } from '../../../../router/config'
import { createViewerVerifier, viewerHeader } from '../../../../packages/auth/viewerToken'
import { waitUntil } from '../../../support/processes'
import {
  createBearerHeader,
  startCommunityTokenIssuer,
} from '../../../support/federation-router/accessTokens'
import {
  startRouter,
  startShop,
  type RunningShop,
  type TestRouter,
} from '../../../support/federation-router/testRouter'
import { shopFeed, shopSupergraph } from '../../../support/federation-router/shopSubgraphs'

// The behaviour of the router around its executor must not depend on which executor is selected.

const books = [
  { title: 'The Dispossessed', author: { name: 'Ursula' }, stars: 5 },
  { title: 'Solaris', author: { name: 'Stanisław' }, stars: 5 },
]

describe.each(configShape.shape.ROUTER_EXECUTOR.unwrap().options)('ROUTER_EXECUTOR=%s', (executor) => {
  let publisher: Awaited<ReturnType<typeof startCommunityTokenIssuer>>
  let shop: RunningShop
  let production: TestRouter
  beforeAll(async () => {
    publisher = await startCommunityTokenIssuer()
    const environment = {
      ROUTER_EXECUTOR: executor,
      BREAKER_MIN_FETCHES: '1000',
      MAX_DEPTH: '8',
      ...publisher.environment,
    }
    shop = await startShop(environment)
    production = await startRouter({ ...environment, NODE_ENV: 'production' }, shop.urls)
  })
  afterEach(() => {
    for (const subgraph of Object.values(shop.subgraphs)) {
      subgraph.misbehave(undefined)
      subgraph.requests.length = 0
    }
  })
  afterAll(async () => {
    await production.close()
    await shop.close()
    await publisher.close()
  })

  it('passes the signed viewer and the request id to every subgraph, and no header of the client', async () => {
    const headers = { ...createBearerHeader('usr_1'), cookie: 'secret=1', 'x-custom': 'secret' }
    const response = await shop.router.send(shopFeed, { headers })
    const { text, headers: responseHeaders } = response
    expect(JSON.parse(text)).toEqual({ data: { books: { nodes: books } } })
    const readViewer = createViewerVerifier(publisher.secret)
    for (const { requests } of Object.values(shop.subgraphs)) {
      expect(requests).toHaveLength(1)
      const [request] = requests
      expect(readViewer(String(request?.headers[viewerHeader]))).toMatchObject({ viewer: { id: 'usr_1' } })
      expect(request?.headers['x-request-id']).toBe(responseHeaders.get('x-request-id'))
      expect(JSON.stringify(request?.headers)).not.toContain('secret')
    }
  })

  it.each([
    ['an invalid token', shopFeed, { headers: { authorization: 'Bearer x' } }, 'UNAUTHENTICATED'],
    ['an operation above a limit', deep(9), {}, 'QUERY_TOO_COMPLEX'],
    ['an unknown field', '{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a variable of the wrong type',
      'query ($n: Int) { books(first: $n) { totalCount } }',
      { variables: { n: 'many' } },
      'BAD_USER_INPUT',
    ],
    [
      'a condition that is null',
      'query ($on: Boolean = true) { books @include(if: $on) { totalCount } }',
      { variables: { on: null } },
      'BAD_USER_INPUT',
    ],
  ])('rejects %s without a request to a subgraph', async (_what, query, options, code) => {
    const { data, errors } = await shop.router.send(query, options)
    expect({ data, codes: errors?.map(({ extensions }) => extensions['code']) }).toEqual({
      data: undefined,
      codes: [code],
    })
    for (const { requests } of Object.values(shop.subgraphs)) expect(requests).toEqual([])
  })

  it('rejects introspection in production without naming elements of the schema', async () => {
    expect((await shop.router.send('{ __schema { queryType { name } } }')).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    })
    const rejected = await production.send('{ __schema { queryType { name } } }')
    expect(rejected.errors?.[0]?.extensions).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' })
    const { text } = await production.send('{ bookz { nodes { title } } }')
    expect(text).not.toContain('books')
  })

  it('returns the data of the other subgraphs when one fails, and adds no extensions', async () => {
    shop.subgraphs['book-reviews'].misbehave((request) => void request.socket.destroy())
    const response = await shop.router.send(shopFeed, {
      headers: { 'apollo-query-plan-experimental': 'true' },
    })
    const { status, text, data, errors } = response
    expect({ status, data }).toEqual({
      status: 200,
      data: { books: { nodes: books.map((book) => ({ ...book, stars: null })) } },
    })
    expect(errors?.map(({ message, extensions }) => ({ message, extensions }))).toEqual([
      {
        message: 'The service "book-reviews" cannot be reached now.',
        extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'book-reviews' },
      },
    ])
    expect(JSON.parse(text)).not.toHaveProperty('extensions')
  })

  it('reports a subgraph that does not respond in time', async () => {
    const router = await startRouter(
      { ROUTER_EXECUTOR: executor, PEOPLE_QUERY_TIMEOUT_MS: '1000', QUERY_RETRIES: '0' },
      shop.urls,
    )
    shop.subgraphs.people.misbehave(() => {})
    const { data, errors } = await router.send(shopFeed)
    await router.close()
    expect(data.books.nodes[0]).toEqual({ ...books[0], author: null })
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'SUBGRAPH_TIMEOUT', service: 'people' },
    ])
  })

  it('returns null for an entity that does not exist, without an error', async () => {
    shop.subgraphs.people.misbehave((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ data: { _entities: [null, null] } }))
    })
    const { text } = await shop.router.send(shopFeed)
    expect(JSON.parse(text)).toEqual({
      data: { books: { nodes: books.map((book) => ({ ...book, author: null })) } },
    })
  })

  it("keeps the domain errors of a subgraph with their paths, and masks and logs the others'", async () => {
    const query = '{ books { nodes { author { forbidden } } } limited person(id: "1") { secret } }'
    const { errors = [], text } = await shop.router.send(query)
    const error = (code: string, path: (string | number)[], more = {}) => ({
      code,
      path: path.join('.'),
      ...more,
    })
    const found = errors.map(({ path = [], extensions }) => ({ ...extensions, path: path.join('.') }))
    const byPath = (a: { path: string }, b: { path: string }) => a.path.localeCompare(b.path)
    expect(found.sort(byPath)).toEqual([
      error('FORBIDDEN', ['books', 'nodes', 0, 'author', 'forbidden'], { argument: ['id'] }),
      error('FORBIDDEN', ['books', 'nodes', 1, 'author', 'forbidden'], { argument: ['id'] }),
      error('RATE_LIMITED', ['limited'], { retryAfter: 7 }),
      error('INTERNAL_SERVER_ERROR', ['person', 'secret']),
    ])
    expect(text).not.toMatch(/mongodb|people-7|serviceName/)
    expect(shop.router.logged).toContainEqual(expect.objectContaining({ level: 50, service: 'people' }))
  })

  it('retries a failed query, and sends a mutation once', async () => {
    const { misbehave, requests } = shop.subgraphs.books
    misbehave((_request, response) => void response.writeHead(503).end())
    await shop.router.send('{ books { totalCount } }')
    expect(requests).toHaveLength(3)
    const { data, errors } = await shop.router.send('mutation { addBook(title: "Roadside Picnic") { id } }')
    expect({ data, codes: errors?.map(({ extensions }) => extensions['code']) }).toEqual({
      data: { addBook: null },
      codes: ['SUBGRAPH_UNAVAILABLE'],
    })
    expect(requests).toHaveLength(4)
  })

  it('sends equal pending fetches of one operation once', async () => {
    const aliases = Array.from(
      { length: 20 },
      (_, index) => `a${index}: person(id: "1") { books { nodes { title } } }`,
    )
    const { data, errors } = await shop.router.send(`{ ${aliases.join(' ')} }`)
    expect(errors).toBeUndefined()
    const nodes = books.map(({ title }) => ({ title }))
    expect(Object.values(data)).toEqual(aliases.map(() => ({ books: { nodes } })))
    expect(shop.subgraphs.books.requests).toHaveLength(1)
  })

  it('cancels the fetches of a client that has disconnected, and sends no more', async () => {
    let phase: 'waiting' | 'arrived' | 'cancelled' = 'waiting'
    shop.subgraphs.books.misbehave((_request, response) => {
      response.once('close', () => (phase = 'cancelled'))
      phase = 'arrived'
    })
    const controller = new AbortController()
    const request = fetch(`${shop.router.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation { first: addBook(title: "a") { id stars } second: addBook(title: "b") { id } }',
      }),
      signal: controller.signal,
    })
    await waitUntil('the fetch arrives', () => phase === 'arrived')
    controller.abort()
    await expect(request).rejects.toThrow()
    await waitUntil('the fetch is cancelled', () => phase === 'cancelled')
    shop.subgraphs.books.misbehave(undefined)
    // The router still responds, and has sent nothing else in the meantime.
    expect((await shop.router.send('{ books { totalCount } }')).errors).toBeUndefined()
    expect(shop.subgraphs.books.requests).toHaveLength(2)
    expect(shop.subgraphs['book-reviews'].requests).toEqual([])
  })

  it('finishes requests on the supergraph that they were validated against when it is replaced', async () => {
    const first = shopSupergraph()
    const shrunk = first.replace(/\n\s*limited: String.*/, '')
    const grown = first.replace(/(\n\s*limited: String.*)/, '$1\n  fresh: String @join__field(graph: BOOKS)')
    let respond = () => {}
    shop.subgraphs.books.misbehave((_request, response) => {
      respond = () => void response.end('{"data":{"limited":"here"}}')
    })
    const pending = shop.router.send('{ limited }')
    await waitUntil('the fetch arrives', () => shop.subgraphs.books.requests.length === 1)
    await shop.router.replaceSupergraph(shrunk)
    expect((await shop.router.send('{ limited }')).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ])
    respond()
    expect((await pending).data).toEqual({ limited: 'here' })
    shop.subgraphs.books.misbehave(undefined)

    const requests = Array.from({ length: 20 }, () => shop.router.send(shopFeed))
    await shop.router.replaceSupergraph(grown)
    await shop.router.replaceSupergraph(first)
    for (const { data, errors } of await Promise.all(requests))
      expect({ data, errors }).toEqual({ data: { books: { nodes: books } }, errors: undefined })
    await expect(shop.router.replaceSupergraph('type Query { a: Int }')).rejects.toThrow(/supergraph file/)
    expect((await shop.router.send(shopFeed)).data).toEqual({ books: { nodes: books } })
  })
})

function deep(depth: number): string {
  const step = '{ nodes { author { books '
  return `{ books ${step.repeat(Math.ceil(depth / 3))}{ totalCount }${'} } }'.repeat(Math.ceil(depth / 3))} }`
}
