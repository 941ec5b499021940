import { sendJson } from '../../../../packages/platform/http/server'
import { waitUntil } from '../../../support/processes'
import { startShop, type RunningShop } from '../../../support/federation-router/testRouter'
import { shopFeed } from '../../../support/federation-router/shopSubgraphs'
import { isProbe } from '../../../support/federation-router/testTransport'

let shop: RunningShop
const settings = { QUERY_RETRIES: '1', BREAKER_MIN_FETCHES: '1000' }
beforeAll(async () => {
  const never = String(2 ** 30)
  const timeouts = { REQUEST_TIMEOUT_MS: never, QUERY_TIMEOUT_MS: never, MUTATION_TIMEOUT_MS: never }
  shop = await startShop({ ...settings, ...timeouts })
})
afterEach(() => Object.values(shop.subgraphs).forEach((each) => each.misbehave(undefined)))
afterAll(() => shop.close())

it('applies one deadline to all fetches of a request, and responds with the data received by then', async () => {
  const { router, subgraphs, close } = await startShop({ ...settings, REQUEST_TIMEOUT_MS: '3000' })
  subgraphs['book-reviews'].misbehave((request, response) => {
    if (isProbe(request)) sendJson(response, 200, { data: {} })
  })
  const { data, errors } = await router.send(shopFeed)
  await close()
  expect(data.books.nodes).toEqual([
    { title: 'The Dispossessed', author: { name: 'Ursula' }, stars: null },
    { title: 'Solaris', author: { name: 'Stanisław' }, stars: null },
  ])
  expect(errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_TIMEOUT', service: 'book-reviews' } }])
})

it.each([3_600_000, -3_600_000])('ignores a step of the wall clock by %i ms', async (step) => {
  const realNow = Date.now
  const wallClock = jest.spyOn(Date, 'now')
  shop.subgraphs.books.misbehave((_request, response) => {
    wallClock.mockImplementation(() => realNow() + step)
    sendJson(response, 200, {
      data: { books: { nodes: [{ __typename: 'Book', id: 'b1', title: 'x', author: null }] } },
    })
  })
  try {
    const { data, errors } = await shop.router.send(shopFeed)
    expect(errors).toBeUndefined()
    expect(data.books.nodes).toEqual([{ title: 'x', author: null, stars: 5 }])
  } finally {
    wallClock.mockRestore()
  }
})

it.each([
  ['query', shopFeed, 'book-reviews'],
  ['mutation', 'mutation { addBook(title: "x") { id } }', 'books'],
] as const)('cancels the %s at the subgraph when the client disconnects', async (_what, query, name) => {
  const subgraph = shop.subgraphs[name]
  let phase: 'pending' | 'arrived' | 'cancelled' = 'pending'
  let count = 0
  subgraph.misbehave((_request, response) => {
    count++
    phase = 'arrived'
    response.once('close', () => (phase = 'cancelled'))
  })
  const client = new AbortController()
  const request = fetch(`${shop.router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal: client.signal,
  })
  request.catch(() => {})
  await waitUntil('the request arrives', () => phase === 'arrived')
  client.abort()
  await waitUntil('the request is cancelled', () => phase === 'cancelled')
  expect(count).toBe(1)
})

it('reports a response above MAX_RESPONSE_BYTES as an error of its query only', async () => {
  const { router, close } = await startShop({ MAX_RESPONSE_BYTES: '2000', BREAKER_MIN_FETCHES: '1' })
  try {
    const many = Array.from({ length: 40 }, (_, index) => `b${index}: books { nodes { title } }`).join(' ')
    const { data, errors } = await router.send(`{ ${many} review { text } }`)
    expect(data).toMatchObject({ b0: null, review: { text: 'Alone' } })
    expect(errors?.[0]).toMatchObject({
      message: 'The service "books" has a response that is too large: request less at once.',
      extensions: { code: 'QUERY_TOO_COMPLEX', service: 'books' },
    })
    expect((await router.send('{ books { nodes { title } } }')).errors).toBeUndefined()
  } finally {
    await close()
  }
})

it('responds completely after one failed attempt of a query', async () => {
  let isFirst = true
  const reviews = shop.subgraphs['book-reviews']
  reviews.misbehave((_request, response) => {
    if (isFirst) reviews.misbehave(undefined)
    isFirst = false
    response.destroy()
  })
  const { data, errors } = await shop.router.send(shopFeed)
  expect(errors).toBeUndefined()
  expect(data.books.nodes[0].stars).toBe(5)
})

it('does not retry a mutation', async () => {
  let count = 0
  shop.subgraphs.books.misbehave((_request, response) => {
    count++
    response.destroy()
  })
  const { data, errors } = await shop.router.send('mutation { addBook(title: "x") { id } }')
  expect(data).toEqual({ addBook: null })
  expect(errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'books' } }])
  expect(count).toBe(1)
})
