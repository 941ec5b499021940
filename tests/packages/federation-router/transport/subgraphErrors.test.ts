import { invalidValueMessage } from '../../../../packages/platform/errors'
import type { Route } from '../../../../packages/platform/http/server'
import { startShop, type RunningShop } from '../../../support/federation-router/testRouter'
import { shopFeed } from '../../../support/federation-router/shopSubgraphs'
import { isProbe } from '../../../support/federation-router/testTransport'
import { waitUntil } from '../../../support/processes'

let shop: RunningShop
beforeAll(async () => {
  shop = await startShop({ QUERY_RETRIES: '0', BREAKER_MIN_FETCHES: '1000' })
})
afterEach(() => Object.values(shop.subgraphs).forEach((each) => each.misbehave(undefined)))
afterAll(() => shop.close())

const masked = { message: 'Something went wrong on our side.', code: 'INTERNAL_SERVER_ERROR' }

const createRoute =
  (status: number, type: string, body: string): Route =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body)
  }
const json = (value: unknown): Route => createRoute(200, 'application/json', JSON.stringify(value))

/** Responds only to the probes of the circuit breaker. */
const sendNothing: Route = (request, response) =>
  isProbe(request) ? json({ data: {} })(request, response, '') : undefined

const misbehaviours: [what: string, route: Route][] = [
  ['HTML', createRoute(200, 'text/html', '<h1>postgres://secret@10.0.0.1</h1>')],
  ['500 with HTML', createRoute(500, 'text/html', '<pre>Error: at /srv/secret.js</pre>')],
  ['500 with JSON', createRoute(500, 'application/json', '{"message":"secret"}')],
  ['503', createRoute(503, 'text/plain', 'secret')],
  ['401', createRoute(401, 'text/plain', 'secret')],
  ['404', createRoute(404, 'text/plain', 'Not found: http://secret.internal')],
  ['302', (_request, response) => void response.writeHead(302, { location: 'http://secret.internal' }).end()],
  ['an empty body', createRoute(200, 'application/json', '')],
  ['truncated JSON', createRoute(200, 'application/json', '{"data":{"_ent')],
  ['a list', json([1])],
  ['a string for data', json({ data: 'secret' })],
  ['no data and no errors', json({})],
  ['data null and no errors', json({ data: null })],
  ['errors that are no list', json({ errors: 'secret' })],
  ['too few entities', json({ data: { _entities: [] } })],
  ['too many entities', json({ data: { _entities: [null, null, null] } })],
  ['entities that are no list', json({ data: { _entities: { secret: 1 } } })],
  [
    'a body cut short',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"data"', () => response.destroy())
    },
  ],
  ['a closed connection', (request) => void request.socket.destroy()],
]

describe('a subgraph that responds with', () => {
  it.each(misbehaviours)('%s affects only its own fields', async (_what, route) => {
    shop.subgraphs['book-reviews'].misbehave(route)
    const { status, data, errors, text } = await shop.router.send(shopFeed)
    expect(status).toBe(200)
    expect(data.books.nodes).toEqual([
      { title: 'The Dispossessed', author: { name: 'Ursula' }, stars: null },
      { title: 'Solaris', author: { name: 'Stanisław' }, stars: null },
    ])
    expect(errors).toEqual([
      {
        message: 'The service "book-reviews" cannot be reached now.',
        path: ['books', 'nodes', 0, 'stars'],
        extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'book-reviews' },
      },
    ])
    expect(text).not.toMatch(/secret|127\.0\.0\.1|node_modules/)
  })

  it.each([401, 403, 404, 422, 500, 503])(
    'GraphQL errors and status %i passes these errors on',
    async (status) => {
      const errors = [
        { message: 'Not for you', extensions: { code: 'FORBIDDEN' } },
        { message: 'at /srv/secret.js' },
      ]
      shop.subgraphs['book-reviews'].misbehave(
        createRoute(status, 'application/json', JSON.stringify({ errors })),
      )
      const result = await shop.router.send(shopFeed)
      expect(result.data.books.nodes[0]).toMatchObject({ author: { name: 'Ursula' }, stars: null })
      expect(result.errors?.map(({ message, extensions: { code } }) => ({ message, code }))).toEqual([
        { message: 'Not for you', code: 'FORBIDDEN' },
        masked,
      ])
    },
  )

  it('data that violates the schema does not violate it in the response', async () => {
    shop.subgraphs.people.misbehave(json({ data: { me: { id: { secret: true }, name: 7 } } }))
    const { data } = await shop.router.send('{ me { id name } }')
    expect(JSON.stringify(data)).not.toContain('secret')
  })
})

describe('a subgraph that does not respond in time', () => {
  let slowShop: RunningShop
  beforeAll(async () => {
    const timeout = { BOOK_REVIEWS_QUERY_TIMEOUT_MS: '1000' }
    slowShop = await startShop({ ...timeout, QUERY_RETRIES: '0', BREAKER_MIN_FETCHES: '1000' })
  })
  beforeEach(() => {
    slowShop.subgraphs['book-reviews'].misbehave(undefined)
    // A probe of the previous test may have been late.
    return waitUntil(
      'the circuit is closed',
      async () => (await slowShop.router.send(shopFeed)).errors === undefined,
    )
  })
  afterAll(() => slowShop.close())

  it('affects only its own fields', async () => {
    slowShop.subgraphs['book-reviews'].misbehave(sendNothing)
    const { data, errors } = await slowShop.router.send(shopFeed)
    expect(data.books.nodes[0]).toMatchObject({ author: { name: 'Ursula' }, stars: null })
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'SUBGRAPH_TIMEOUT', service: 'book-reviews' },
    ])
  })

  it('may have begun its response', async () => {
    slowShop.subgraphs['book-reviews'].misbehave((request, response, search) => {
      if (!isProbe(request)) response.write('{"data"')
      return sendNothing(request, response, search)
    })
    const { errors } = await slowShop.router.send(shopFeed)
    expect(errors?.[0]?.extensions['code']).toBe('SUBGRAPH_TIMEOUT')
  })
})

describe('a GraphQL error of a subgraph', () => {
  it('keeps only its code, message, path and the details of its code', async () => {
    const { data, errors } = await shop.router.send('{ books { nodes { title author { forbidden } } } }')
    expect(data.books.nodes[0]).toEqual({ title: 'The Dispossessed', author: { forbidden: null } })
    expect(errors).toEqual(
      [0, 1].map((index) => ({
        message: 'Refused with FORBIDDEN',
        path: ['books', 'nodes', index, 'author', 'forbidden'],
        extensions: { code: 'FORBIDDEN', argument: ['id'] },
      })),
    )
  })

  it('keeps retryAfter', async () => {
    const { errors } = await shop.router.send('{ limited }')
    expect(errors).toEqual([
      {
        message: 'Refused with RATE_LIMITED',
        path: ['limited'],
        extensions: { code: 'RATE_LIMITED', retryAfter: 7 },
      },
    ])
  })

  it('is masked without a code of the contract, and logged with the id of the request', async () => {
    const { errors, text, headers } = await shop.router.send('{ person(id: "1") { id secret } }')
    const { message, code } = masked
    expect(errors).toEqual([{ message, path: ['person', 'secret'], extensions: { code } }])
    expect(text).not.toMatch(/mongodb|stack|10\.1/)
    expect(shop.router.logged).toContainEqual(
      expect.objectContaining({
        level: 50,
        service: 'people',
        requestId: headers.get('x-request-id'),
        error: expect.objectContaining({ message: expect.stringContaining('ECONNREFUSED') }),
      }),
    )
  })

  it.each([
    ['without extensions', { message: 'secret' }],
    ['without a message', { extensions: { code: 'FORBIDDEN' } }],
    ['that is text', 'secret'],
    ['with a code of its own', { message: 'secret', extensions: { code: 'DB_DOWN' } }],
    [
      'of its validation',
      { message: 'Cannot query field "secret"', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ],
  ])('is masked if it is one %s', async (_what, error) => {
    shop.subgraphs.people.misbehave(json({ data: { me: null }, errors: [error] }))
    const { errors, text } = await shop.router.send('{ me { id } }')
    expect(errors).toEqual([{ message: masked.message, path: ['me'], extensions: { code: masked.code } }])
    expect(text).not.toContain('secret')
  })

  it('about a value that only the subgraph can check is an error of the client', async () => {
    const error = {
      message: 'Expected value of type "Day", found "x"; Not a day.',
      locations: [{ line: 1, column: 1 }],
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    }
    shop.subgraphs.books.misbehave(createRoute(400, 'application/json', JSON.stringify({ errors: [error] })))
    const { errors, status } = await shop.router.send('{ books(since: "x") { totalCount } }')
    expect({ status, errors }).toEqual({
      status: 200,
      errors: [{ message: invalidValueMessage, path: ['books'], extensions: { code: 'BAD_USER_INPUT' } }],
    })
  })

  it('without a path gets that of the first field that it explains', async () => {
    const error = { message: 'No', path: ['_entities'], extensions: { code: 'FORBIDDEN' } }
    shop.subgraphs['book-reviews'].misbehave(json({ data: null, errors: [error] }))
    const { errors } = await shop.router.send(shopFeed)
    const path = ['books', 'nodes', 0, 'stars']
    expect(errors).toEqual([{ message: 'No', path, extensions: { code: 'FORBIDDEN' } }])
  })
})

it('responds with null, without an error, for an entity that does not exist', async () => {
  shop.subgraphs.people.misbehave(json({ data: { _entities: [null, null] } }))
  const { data, errors, text } = await shop.router.send('{ books { nodes { title author { name } } } }')
  expect(data.books.nodes[0]).toEqual({ title: 'The Dispossessed', author: null })
  expect(errors).toBeUndefined()
  expect(text).not.toContain('valueCompletion')
})

it('continues after a client disconnects', async () => {
  const reviews = shop.subgraphs['book-reviews']
  const arrived = new Promise<void>((resolve) => reviews.misbehave(() => resolve()))
  const controller = new AbortController()
  const request = fetch(`${shop.router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: shopFeed }),
    signal: controller.signal,
  })
  await arrived
  controller.abort()
  await expect(request).rejects.toThrow()
  reviews.misbehave(undefined)
  expect((await shop.router.send(shopFeed)).errors).toBeUndefined()
})
