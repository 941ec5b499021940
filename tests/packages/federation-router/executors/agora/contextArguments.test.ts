import { composeSupergraph, startAgoraFederation } from '../../../../support/inMemoryFederation'

const subgraphs = {
  shops: {
    typeDefs: `
      type Query { shops: [Shop!]! }
      type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String! title: String items: [Item!]! }
      type Item @key(fields: "id") { id: ID! price(currency: String @fromContext(field: "$shop { currency }")): String maker: Maker }
      type Maker @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        shops: () => [
          { __typename: 'Shop', id: '1', currency: 'EUR', title: 'Un', items: [{ id: 'a' }, { id: 'b' }] },
          { __typename: 'Shop', id: '2', currency: 'USD', title: 'Deux', items: [{ id: 'a' }] },
          { __typename: 'Shop', id: '3', currency: 'EUR', title: 'Trois', items: [{ id: 'b' }] },
        ],
      },
      Item: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        price: ({ id }: { id: string }, { currency }: { currency: string }) => `${id} in ${currency}`,
      },
    },
  },
  makers: {
    typeDefs: `type Maker @key(fields: "id") { id: ID! name: String } type Query { x: Int }`,
    resolvers: {},
  },
}

test('takes the arguments of @fromContext from the objects that enclose an entity', async () => {
  expect(composeSupergraph(subgraphs)).toContain('contextArguments')
  const { execute, takeReceivedRequests } = startAgoraFederation(subgraphs)
  const { data, errors } = await execute('{ shops { title currency: title items { price } } }')
  expect(errors).toBeUndefined()
  const prices = (data.shops as { items: { price: string }[] }[]).map(({ items }) =>
    items.map(({ price }) => price),
  )
  expect(prices).toEqual([['a in EUR', 'b in EUR'], ['a in USD'], ['b in EUR']])
  expect(data.shops[1].currency).toBe('Deux')
  // One request for each currency.
  expect(takeReceivedRequests().filter(({ query }) => query.includes('_entities'))).toHaveLength(2)
})
