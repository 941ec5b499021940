import {
  sendOperation,
  startShop,
  type RouterResponse,
  type RunningShop,
} from '../../../support/federation-router/testRouter'

// Clients must not see whether an operation was cached.

let shop: RunningShop
beforeAll(async () => {
  shop = await startShop({ MAX_COST: '50' })
})
afterAll(() => shop.close())

const document = `query Books($first: Int) {
  books(first: $first) { nodes { title author { name } stars } }
}
query Person($id: ID! = "1") { person(id: $id) { name } }`

const sendRequest = async (body: object, headers: Record<string, string> = {}) => {
  const response = await fetch(`${shop.router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: document, operationName: 'Books', ...body }),
  })
  const shown = [...response.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date')
  return { status: response.status, headers: Object.fromEntries(shown), text: await response.text() }
}

const warmUp = async () => {
  const first = await sendRequest({})
  await sendRequest({ operationName: 'Person' })
  return first
}

describe('a cached operation', () => {
  it('has the same response, with the same headers', async () => {
    const first = await warmUp()
    expect(await sendRequest({})).toEqual(first)
    expect(first.headers['cache-control']).toBe('no-store')
  })

  it.each([
    ['another operation of the same document', { operationName: 'Person' }, {}, '"Ursula"'],
    ['other variables', { operationName: 'Person', variables: { id: '2' } }, {}, '"Stanisław"'],
    ['variables that are null', { operationName: 'Person', variables: null }, {}, '"Ursula"'],
    ['extensions of a client', { extensions: { clientLibrary: { name: 'test' } } }, {}, '"Solaris"'],
    ['a charset', {}, { 'content-type': 'application/json; charset=utf-8' }, '"Solaris"'],
    ['the media type of GraphQL', {}, { accept: 'application/graphql-response+json' }, '"Solaris"'],
  ])('has its own response for %s', async (_, body, headers: Record<string, string>, expected) => {
    await warmUp()
    const response = await sendRequest(body, headers)
    expect(response.status).toBe(200)
    expect(response.text).toContain(expected)
    expect(response.headers['content-type']).toBe(`${headers['accept'] ?? 'application/json'}; charset=utf-8`)
    expect(await sendRequest(body, headers)).toEqual(response)
  })

  it.each([
    ['no such operation', { operationName: 'Nobody' }, 'OPERATION_RESOLUTION_FAILURE'],
    ['no name of an operation', { operationName: undefined }, 'OPERATION_RESOLUTION_FAILURE'],
    ['a variable of another type', { variables: { first: 'x' } }, 'BAD_USER_INPUT'],
    ['a variable that makes it too costly', { variables: { first: 100 } }, 'QUERY_TOO_COMPLEX'],
    ['variables that are a list', { variables: [] }, 'BAD_REQUEST'],
    ['a persisted query that is unknown', { extensions: { persistedQuery: { version: 1 } } }, 'BAD_REQUEST'],
  ])('is refused for %s like a new one', async (_, body, code) => {
    await warmUp()
    expect(JSON.parse((await sendRequest(body)).text)).toMatchObject({ errors: [{ extensions: { code } }] })
  })

  it('is refused with 406 where no media type is accepted', async () => {
    await warmUp()
    expect((await sendRequest({}, { accept: 'text/plain' })).status).toBe(406)
  })

  it('is executed once, and only its own fields are affected, when a subgraph fails', async () => {
    await warmUp()
    const { 'book-reviews': reviews, books } = shop.subgraphs
    reviews.misbehave((_request, response) => void response.writeHead(401).end())
    const before = books.requests.length
    const response = JSON.parse((await sendRequest({})).text) as Pick<RouterResponse, 'data' | 'errors'>
    reviews.misbehave(undefined)
    expect(response.data.books.nodes[0]).toEqual({
      title: 'The Dispossessed',
      author: { name: 'Ursula' },
      stars: null,
    })
    expect(response.errors?.[0]?.extensions).toEqual({
      code: 'SUBGRAPH_UNAVAILABLE',
      service: 'book-reviews',
    })
    expect(books.requests.length - before).toBe(1)
  })

  it('sends a mutation once when a subgraph fails', async () => {
    const query = 'mutation { addBook(title: "x") { id stars } }'
    const url = `${shop.router.url}/graphql`
    await sendOperation(url, query)
    const { 'book-reviews': reviews, books } = shop.subgraphs
    reviews.misbehave((_request, response) => void response.writeHead(401).end())
    const before = books.requests.length
    const { data, errors } = await sendOperation(url, query)
    reviews.misbehave(undefined)
    expect(data).toEqual({ addBook: { id: 'b3', stars: null } })
    expect(errors).toHaveLength(1)
    expect(books.requests.length - before).toBe(1)
  })
})
