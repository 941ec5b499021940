import { startAgoraFederation } from '../../../../../support/inMemoryFederation'

// Representations with fields that another fetch provides (@requires), on the fast path.

interface Product {
  id: string
  price?: number | null
  weight?: number | null
  label?: string
  shipping?: number | null
}

const products = new Map<string, Product>(
  [
    { id: '1', price: 5, weight: 10, label: 'One' },
    { id: '2', price: null, weight: 20, label: 'Two' },
    { id: '3', price: 5, weight: 10, label: 'a "third" one' },
  ].map((product) => [product.id, product]),
)

const { execute, takeReceivedRequests, tamperWith } = startAgoraFederation({
  reviews: {
    typeDefs: `
      type Query { reviews(of: [ID!]!): [Review!]! best: Review }
      type Review { id: ID! product: Product second: Product }
      type Product @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        reviews: (_: unknown, { of }: { of: string[] }) =>
          of.map((id) => ({ id: `r${id}`, product: { id }, second: { id: '1' } })),
        best: () => ({ id: 'best', product: { id: '1' }, second: { id: '2' } }),
      },
    },
  },
  goods: {
    typeDefs: `type Product @key(fields: "id") { id: ID! price: Int weight: Int label: String }`,
    resolvers: { Product: { __resolveReference: ({ id }: Product) => products.get(id) ?? null } },
  },
  stock: {
    typeDefs: `
      type Product @key(fields: "id") {
        id: ID! price: Int @external weight: Int @external label: String @external
        inStock: Boolean! shipping: Int @requires(fields: "price weight") tag: String @requires(fields: "label")
      }`,
    resolvers: {
      Product: {
        inStock: ({ id }: Product) => id !== '2',
        shipping: ({ price, weight }: Product) => (price == null || weight == null ? null : price * weight),
        tag: ({ label }: Product) => `#${label}`,
      },
    },
  },
  invoices: {
    typeDefs: `
      type Product @key(fields: "id") { id: ID! shipping: Int @external total: Int @requires(fields: "shipping") }`,
    resolvers: { Product: { total: ({ shipping }: Product) => (shipping ?? 0) + 1 } },
  },
})

afterEach(() => {
  tamperWith(undefined)
  takeReceivedRequests()
})

/** Executes a query, and returns the representations of each request to a subgraph. */
async function run(query: string, service = 'stock') {
  const response = await execute(query)
  const requests = takeReceivedRequests()
  return {
    ...response,
    requestCount: requests.length,
    representations: requests
      .filter((each) => each.service === service)
      .map(({ variables }) => variables['representations']),
  }
}

const representation = (id: string, fields: object) => ({ __typename: 'Product', ...fields, id })

it('sends the fields of an earlier fetch, each representation once', async () => {
  const response = await run('{ reviews(of: ["1", "2", "1"]) { product { shipping } } }')
  expect(response).toMatchObject({
    isFast: true,
    data: {
      reviews: [
        { product: { shipping: 50 } },
        { product: { shipping: null } },
        { product: { shipping: 50 } },
      ],
    },
    representations: [
      [representation('1', { price: 5, weight: 10 }), representation('2', { price: null, weight: 20 })],
    ],
  })
})

it('returns the required fields in the order of the operation where the client selects them', async () => {
  const { isFast, data } = await run(
    '{ reviews(of: ["1"]) { product { shipping weight id inStock label price } } }',
  )
  expect(isFast).toBe(true)
  expect(JSON.stringify(data)).toBe(
    '{"reviews":[{"product":{"shipping":50,"weight":10,"id":"1","inStock":true,"label":"One","price":5}}]}',
  )
})

it('sends the entities of several paths once', async () => {
  const response = await run(
    '{ reviews(of: ["1", "3"]) { product { shipping } second { price shipping } } best { second { shipping } } }',
  )
  expect(response.isFast).toBe(true)
  expect(response.data).toEqual({
    reviews: [
      { product: { shipping: 50 }, second: { price: 5, shipping: 50 } },
      { product: { shipping: 50 }, second: { price: 5, shipping: 50 } },
    ],
    best: { second: { shipping: null } },
  })
})

it('sends the entities of branches once that fetch the required fields with different selections', async () => {
  const response = await run(
    '{ best { product { label shipping } } reviews(of: ["2"]) { product { shipping } } }',
  )
  expect(response).toMatchObject({
    isFast: true,
    data: { best: { product: { label: 'One', shipping: 50 } }, reviews: [{ product: { shipping: null } }] },
    representations: [
      [representation('1', { price: 5, weight: 10 }), representation('2', { price: null, weight: 20 })],
    ],
  })
})

it('sends fields that required fields of their own', async () => {
  const response = await run('{ reviews(of: ["1", "2"]) { product { total } } }', 'invoices')
  expect(response).toMatchObject({
    isFast: true,
    data: { reviews: [{ product: { total: 51 } }, { product: { total: 1 } }] },
    representations: [[representation('1', { shipping: 50 }), representation('2', { shipping: null })]],
  })
})

it('falls back for a required text with an escape, without sending the other fetches again', async () => {
  const response = await run('{ reviews(of: ["1", "3"]) { product { tag } } }')
  expect(response).toMatchObject({
    data: { reviews: [{ product: { tag: '#One' } }, { product: { tag: '#a "third" one' } }] },
    requestCount: 3,
  })
  expect(response.isFast).toBeUndefined()
})

it('skips an entity that the earlier fetch has not found', async () => {
  const response = await run('{ reviews(of: ["1", "unknown"]) { id product { shipping inStock } } }')
  expect(response.isFast).toBeUndefined()
  expect(response.data).toMatchObject({ reviews: [{ product: { shipping: 50 } }, { id: 'runknown' }] })
  expect(response.representations).toContainEqual([representation('1', { price: 5, weight: 10 })])
})

it('reports the failure of the earlier fetch, and returns the fields that do not depend on it', async () => {
  tamperWith((service, received) => {
    if (service === 'goods') throw new Error('unreachable')
    return received
  })
  const { data, errors } = await run('{ reviews(of: ["1"]) { product { shipping inStock } } }')
  expect(data).toEqual({ reviews: [{ product: { shipping: null, inStock: true } }] })
  expect(errors?.map(({ path }) => path?.join('.'))).toEqual(['reviews.0.product.shipping'])
})
