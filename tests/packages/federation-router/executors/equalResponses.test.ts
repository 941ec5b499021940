import {
  sendOperation,
  startRouter,
  startShop,
  type RunningShop,
  type TestRouter,
} from '../../../support/federation-router/testRouter'
import { shopFeed } from '../../../support/federation-router/shopSubgraphs'

describe('both executors', () => {
  let shop: RunningShop
  let apollo: TestRouter
  beforeAll(async () => {
    shop = await startShop()
    apollo = await startRouter({ ROUTER_EXECUTOR: 'apollo' }, shop.urls)
  })
  afterAll(async () => {
    await apollo.close()
    await shop.close()
  })

  it.each([
    [shopFeed],
    ['{ review { text book { title author { name books { totalCount } } } } }'],
    ['{ __typename t: __typename books { __typename nodes { __typename } } }'],
    ['{ __schema { types { name fields { name args { name } } } } }'],
    ['{ __type(name: "Person") { description } person(id: "2") { name } }'],
    ['query ($id: ID!, $no: Boolean!) { person(id: $id) { name @skip(if: $no) books { nodes { title } } } }'],
    ['query ($id: ID!) { person(id: $id) { id } }'],
    ['{ limited }'],
    ['{ person(id: "1") { forbidden } }'],
    ['{ person(id: 1.5) { name } }'],
    ['{'],
    ['query a { limited } query b { limited }'],
    ['mutation { addBook(title: "Us") { id title stars } }'],
  ])('return the same bytes for %s', async (query) => {
    const variables = { id: '2', no: false }
    const [agora, stock] = await Promise.all(
      [shop.router.url, apollo.url].map((url) => sendOperation(`${url}/graphql`, query, { variables })),
    )
    expect(stock?.text).toBe(agora?.text)
    expect(stock?.status).toBe(agora?.status)
    expect(stock?.headers.get('content-type')).toBe(agora?.headers.get('content-type'))
  })

  it('publish the same schema, except for @defer', async () => {
    const [agora, stock] = await Promise.all(
      [shop.router.url, apollo.url].map(async (url) => (await fetch(`${url}/schema.graphql`)).text()),
    )
    expect(agora).toContain('type Query')
    expect(stock).toBe(agora?.replace(/^directive @defer\(.*\n\n/, ''))
  })
})
