import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { createHash } from 'node:crypto'
import { serverAudits } from 'graphql-http'

import { startShop, type RunningShop } from '../../../support/federation-router/testRouter'

let shop: RunningShop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => `${shop.router.url}/graphql` })
  const required = audits.filter(({ name }) => /^(MUST|SHOULD)\b/.test(name))

  it('is audited in full', () => {
    expect(required.length).toBeGreaterThan(35)
  })

  it.each(required.map((audit) => [audit.id, audit] as const))('%s', async (_id, { name, fn }) => {
    const result = await fn()
    const reason = result.status === 'ok' ? '' : result.reason
    expect({ name, status: result.status, reason }).toEqual({ name, status: 'ok', reason: '' })
  })
})

describe('the endpoint', () => {
  it('executes an operation over all subgraphs', async () => {
    const { status, data, errors } = await shop.router.send(
      '{ books(first: 2) { nodes { title author { name } stars reviews { nodes { text } } } } }',
    )
    expect({ status, errors }).toEqual({ status: 200, errors: undefined })
    expect(data.books.nodes[1]).toEqual({
      title: 'Solaris',
      author: { name: 'Stanisław' },
      stars: 5,
      reviews: { nodes: [{ text: 'On b2' }] },
    })
  })

  it('accepts queries by GET, no mutations, and no request that a form can send', async () => {
    const get = (query: string, headers: Record<string, string>) =>
      fetch(`${shop.router.url}/graphql?query=${encodeURIComponent(query)}`, { headers })
    const preflighted = { 'apollo-require-preflight': 'true' }
    expect((await get('{ me { id } }', preflighted)).status).toBe(200)
    expect((await get('mutation { addBook(title: "x") { id } }', preflighted)).status).toBe(405)
    expect((await get('{ me { id } }', {})).status).toBe(400)
    const asForm = await fetch(`${shop.router.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"query":"{ me { id } }"}',
    })
    expect(asForm.status).toBe(400)
    expect((await fetch(`${shop.router.url}/graphql`, { method: 'PUT' })).status).toBe(400)
  })

  it('refuses batches', async () => {
    const response = await fetch(`${shop.router.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[{"query":"{ me { id } }"}]',
    })
    expect(response.status).toBe(400)
  })

  it.each([1_600_000, 2_000_000, 20_000_000])('refuses a body of %d bytes with 413', async (size) => {
    const body = JSON.stringify({ query: `{ person(id: "${'x'.repeat(size)}") { id } }` })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${shop.router.url}/graphql`, { method: 'POST', headers, body })
    expect(response.status).toBe(413)
  })

  it('accepts the longest text of the contract with every character escaped', async () => {
    const text = '\\ud83d\\ude00'.repeat(100_000)
    const response = await fetch(`${shop.router.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":"mutation ($t: String!) { addBook(title: $t) { id } }","variables":{"t":"${text}"}}`,
    })
    expect(await response.json()).toEqual({ data: { addBook: { id: 'b3' } } })
  })

  it('refuses a document with several operations and no operationName', async () => {
    const { errors, status } = await shop.router.send('query A { me { id } } query B { me { id } }')
    expect(status).toBe(200)
    expect(errors?.[0]?.extensions).toEqual({ code: 'OPERATION_RESOLUTION_FAILURE' })
  })

  it.each(['{ me { id } }', 'query Me { me { id } }'])(
    'treats an empty operationName as a missing one, by POST and GET: %s',
    async (query) => {
      const url = `${shop.router.url}/graphql`
      const posted = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, operationName: '' }),
      })
      const search = new URLSearchParams({ query, operationName: '' })
      const gotten = await fetch(`${url}?${search}`, { headers: { 'apollo-require-preflight': 'true' } })
      for (const response of [posted, gotten]) expect(await response.json()).toEqual({ data: { me: null } })
    },
  )

  it('supports automatic persisted queries', async () => {
    const sendRequest = (body: object) =>
      fetch(`${shop.router.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }).then((response) => response.json())
    const persistedQuery = { version: 1, sha256Hash: 'f00d' }
    expect(await sendRequest({ extensions: { persistedQuery } })).toMatchObject({
      errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    })
    expect(await sendRequest({ query: '{ me { id } }', extensions: { persistedQuery } })).toEqual({
      errors: [{ message: 'provided sha does not match query', extensions: { code: 'BAD_REQUEST' } }],
    })
    const query = '{ books { nodes { id } } }'
    const known = { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') }
    // The operation is in the cache of the router before a client sends its hash.
    const result = await sendRequest({ query })
    expect(await sendRequest({ query, extensions: { persistedQuery: known } })).toEqual(result)
    expect(await sendRequest({ extensions: { persistedQuery: known } })).toEqual(result)
  })

  it.each([
    ['application/graphql-response+json', 400],
    ['application/json', 200],
  ])('refuses an unknown document for %s with status %d', async (accept, status) => {
    const persistedQuery = { version: 1, sha256Hash: 'f00d' }
    for (const body of [{ documentId: 'sha256:f00d' }, { extensions: { persistedQuery } }]) {
      const response = await fetch(`${shop.router.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify(body),
      })
      expect(response.status).toBe(status)
      expect(await response.json()).toEqual({
        errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
      })
    }
  })

  it.each([
    ['POST', false],
    ['GET', true],
  ])('receives the text from Apollo Client after its hash by %s', async (method, useGETForHashedQueries) => {
    const requests: [method: string, status: number][] = []
    const http = new HttpLink({
      uri: `${shop.router.url}/graphql`,
      headers: { 'apollo-require-preflight': 'true' },
      async fetch(input, options) {
        const response = await fetch(input, options)
        requests.push([options?.method ?? 'GET', response.status])
        return response
      },
    })
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
    const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries })
    const client = new ApolloClient({ link: persisted.concat(http), cache: new InMemoryCache() })
    const query = gql(`query By${method} { me { id } }`)
    const { data } = await client.query({ query })
    expect(data).toEqual({ me: null })
    expect(requests).toEqual([
      [method, 400],
      ['POST', 200],
    ])
  })

  it('creates an ID for each request', async () => {
    const { headers } = await shop.router.send('{ books { nodes { id } } }', {
      headers: { 'x-request-id': 'made up' },
    })
    const id = headers.get('x-request-id')
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(shop.subgraphs.books.requests.at(-1)?.headers['x-request-id']).toBe(id)
    expect(shop.router.logged).toContainEqual(expect.objectContaining({ requestId: id, status: 200 }))
  })
})
