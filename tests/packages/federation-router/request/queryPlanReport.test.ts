import { startShop, type RunningShop } from '../../../support/federation-router/testRouter'

const query = '{ books { nodes { title } } review { text } person(id: "1") { name } }'
const withPlan = { headers: { 'apollo-expose-query-plan': 'true' } }

interface PlanExtensions {
  apolloQueryPlan: { object: { kind: string; node: { kind: string } }; text: string }
  fetchTimings: { subgraph: string; fetch: number; durationMs: number; status?: number; code?: string }[]
}
const readExtensions = (text: string) => (JSON.parse(text) as { extensions: PlanExtensions }).extensions

describe.each(['development', 'production'])('in %s', (environment) => {
  let shop: RunningShop
  beforeAll(async () => {
    shop = await startShop({ NODE_ENV: environment })
  })
  afterAll(() => shop.close())
  const isExposed = environment === 'development'

  it(`${isExposed ? 'adds' : 'does not add'} the query plan on request`, async () => {
    const plain = await shop.router.send(query)
    const planned = await shop.router.send(query, withPlan)
    expect(planned.data).toEqual(plain.data)
    expect(plain.text).not.toContain('extensions')
    expect(planned.text.includes('apolloQueryPlan')).toBe(isExposed)
    expect(planned.text.includes('fetchTimings')).toBe(isExposed)
  })
})

describe('the report', () => {
  let shop: RunningShop
  beforeAll(async () => {
    shop = await startShop()
  })
  afterAll(() => shop.close())

  it('names each fetch of the plan with its subgraph, duration and status', async () => {
    // From the second execution on, the fast path responds.
    for (let execution = 0; execution < 3; execution++) {
      const { text } = await shop.router.send(query, withPlan)
      const { apolloQueryPlan, fetchTimings } = readExtensions(text)
      expect(apolloQueryPlan.object.kind).toBe('QueryPlan')
      expect(apolloQueryPlan.text).toMatch(/^QueryPlan \{[^]+Fetch\(service: "books"\)/)
      expect(apolloQueryPlan.text).not.toContain('undefined')
      expect(text).not.toContain('operationDocumentNode')
      expect(fetchTimings.map(({ subgraph }) => subgraph).sort()).toEqual(['book-reviews', 'books', 'people'])
      expect(fetchTimings.map(({ fetch }) => fetch).sort()).toEqual([0, 1, 2])
      for (const timing of fetchTimings)
        expect(timing).toMatchObject({ status: 200, durationMs: expect.any(Number) as unknown })
    }
  })

  it('reports a failed fetch with its code, beside the errors', async () => {
    shop.subgraphs.people.misbehave((_request, response) => void response.destroy())
    const { errors, text } = await shop.router.send(query, withPlan)
    shop.subgraphs.people.misbehave(undefined)
    expect(errors?.[0]?.extensions['code']).toBe('SUBGRAPH_UNAVAILABLE')
    const failed = readExtensions(text).fetchTimings.find(({ subgraph }) => subgraph === 'people')
    expect(failed).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' })
    expect(failed).not.toHaveProperty('status')
  })

  it('plans a mutation without executing it', async () => {
    const mutation = 'mutation { addBook(title: "Solaris") { id } }'
    const before = shop.subgraphs.books.requests.length
    const headers = { 'apollo-expose-query-plan': 'dry-run' }
    const { data, text } = await shop.router.send(mutation, { headers })
    expect(data).toBeNull()
    expect(shop.subgraphs.books.requests).toHaveLength(before)
    const extensions = readExtensions(text)
    expect(extensions.apolloQueryPlan.text).toContain('addBook')
    expect(extensions).not.toHaveProperty('fetchTimings')
  })

  it('reports no plan for introspection, which needs no fetch', async () => {
    const { text } = await shop.router.send('{ __typename __schema { queryType { name } } }', withPlan)
    expect(readExtensions(text)).toEqual({ fetchTimings: [] })
  })
})
