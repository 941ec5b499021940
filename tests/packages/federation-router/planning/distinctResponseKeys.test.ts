import { GraphQLError, parse } from 'graphql'

import { withSafeAliases } from '../../../../packages/federation-router/planning/safeAliases'
import { withDistinctResponseKeys } from '../../../../packages/federation-router/planning/distinctResponseKeys'
import { startAgoraFederation, type InMemorySubgraphs } from '../../../support/inMemoryFederation'

const reject = () => {
  throw new GraphQLError('No', { extensions: { code: 'FORBIDDEN' } })
}

const items = [
  { __typename: 'Post', id: 'p', author: { id: 'u1' } },
  { __typename: 'Ad', id: 'a', author: { id: 'u2' }, sponsor: { id: 'u1' } },
]

const subgraphs: InMemorySubgraphs = {
  feed: {
    typeDefs: `
      type Query { feed: [Item] }
      union Item = Post | Ad | Poll
      type Poll @key(fields: "id") { id: ID! author: User }
      type Post @key(fields: "id") { id: ID! author: User }
      type Ad @key(fields: "id") { id: ID! author: User sponsor: User }
      type User @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { feed: () => items },
      Post: { __resolveReference: () => items[0] },
      Ad: { __resolveReference: () => items[1] },
    },
  },
  users: {
    typeDefs: `type User @key(fields: "id") { id: ID! name: String email: String secret: String salary: Int! }`,
    resolvers: {
      User: {
        __resolveReference: ({ id }: { id: string }) => ({ id, name: `name of ${id}`, email: id }),
        secret: reject,
        salary: reject,
      },
    },
  },
}

describe('errors of fields that share a response path', () => {
  const federation = startAgoraFederation({
    ...subgraphs,
    texts: { typeDefs: `type User @key(fields: "id") { id: ID! motto: String }` },
  })

  async function execute(query: string) {
    const { data, errors = [] } = await federation.execute(query)
    const reported = errors.map(
      ({ path, extensions }) => `${path?.join('.') ?? '?'} ${String(extensions?.['code'])}`,
    )
    return { data: JSON.parse(JSON.stringify(data)) as unknown, errors: reported.sort() }
  }

  it('reports an error under the client key, and only where that field was selected', async () => {
    expect(
      await execute(`{ feed { ... on Post { author { x: name } } ... on Ad { author { x: secret } } } }`),
    ).toEqual({
      data: { feed: [{ author: { x: 'name of u1' } }, { author: { x: null } }] },
      errors: ['feed.1.author.x FORBIDDEN'],
    })
  })

  it('reports an error of a field that another branch selects where it has made a value null', async () => {
    expect(
      await execute(
        `{ feed { ... on Post { author { name } } ... on Ad { sponsor { name } author { salary } } } }`,
      ),
    ).toEqual({
      data: { feed: [{ author: { name: null } }, { sponsor: { name: 'name of u1' }, author: null }] },
      errors: ['feed.0.author.name FORBIDDEN', 'feed.1.author.salary FORBIDDEN'],
    })
  })

  it('reports a fetch that fails only if a selected field depends on it', async () => {
    federation.tamperWith((service, response) => {
      if (service === 'texts')
        throw new GraphQLError('Down', { extensions: { code: 'SUBGRAPH_UNAVAILABLE' } })
      return response
    })
    expect(
      await execute(`{ feed { ... on Poll { author { motto } } ... on Ad { author { name } } } }`),
    ).toEqual({
      data: { feed: [{}, { author: { name: 'name of u2' } }] },
      errors: [],
    })
    expect(
      await execute(`{ feed { ... on Post { author { motto } } ... on Ad { author { name } } } }`),
    ).toEqual({
      data: { feed: [{ author: { motto: null } }, { author: { name: 'name of u2' } }] },
      errors: ['feed.0.author.motto SUBGRAPH_UNAVAILABLE'],
    })
  })
})

describe('the fast path', () => {
  const federation = startAgoraFederation(subgraphs)

  it.each([
    '{ feed { ... on Post { who: author { x: name } } ... on Ad { who: sponsor { x: email } } } }',
    '{ feed { ... on Post { who: author { x: name } } ... on Ad { what: author { x: email } } } }',
  ])('executes %s', async (query) => {
    const { data, isFast } = await federation.execute(query)
    expect(isFast).toBe(true)
    expect(JSON.stringify(data)).toContain('"x":"name of u1"')
  })
})

describe('arguments from @fromContext', () => {
  const { execute } = startAgoraFederation({
    shops: {
      typeDefs: `
        type Query { places: [Place!]! }
        union Place = Shop | Stall
        type Shop @key(fields: "id") @context(name: "place") { id: ID! currency: String! item: Item }
        type Stall @key(fields: "id") @context(name: "place") { id: ID! coin: String! item: Item }
        type Item @key(fields: "id") {
          id: ID!
          price(in: String @fromContext(field: "$place ... on Shop { currency } ... on Stall { coin }")): String
          label(in: String @fromContext(field: "$place ... on Shop { currency } ... on Stall { coin }")): String
        }`,
      resolvers: {
        Query: {
          places: () => [
            { __typename: 'Shop', id: '1', currency: 'EUR', item: { id: 'a' } },
            { __typename: 'Stall', id: '2', coin: 'USD', item: { id: 'a' } },
          ],
        },
        Item: {
          __resolveReference: (item: object) => item,
          price: (_item: object, args: { in: string }) => `price in ${args.in}`,
          label: (_item: object, args: { in: string }) => `label in ${args.in}`,
        },
      },
    },
    other: { typeDefs: `type Query { other: Int }` },
  })

  it('have the values of objects of either type', async () => {
    const { data, errors } = await execute(
      `{ places { ... on Shop { item { x: price } } ... on Stall { item { x: label } } } }`,
    )
    expect(errors).toBeUndefined()
    expect(data).toEqual({ places: [{ item: { x: 'price in EUR' } }, { item: { x: 'label in USD' } }] })
  })
})

describe('events of subscriptions', () => {
  const { executeEvent } = startAgoraFederation({
    ...subgraphs,
    news: {
      typeDefs: `
        type Query { latest: Int }
        type Subscription { news: Item }
        union Item = Post | Ad
        type Post @key(fields: "id") { id: ID! }
        type Ad @key(fields: "id") { id: ID! }`,
    },
  })

  it.each([
    [{ __typename: 'Post', id: 'p' }, { x: 'name of u1' }],
    [{ __typename: 'Ad', id: 'a' }, { x: 'u1' }],
  ])('completes %j with the fields of its own type', async (news, who) => {
    const { data, errors } = await executeEvent(
      `subscription { news { ... on Post { who: author { x: name } } ... on Ad { who: sponsor { x: email } } } }`,
      { news },
    )
    expect(errors).toBeUndefined()
    expect(data).toEqual({ news: { who } })
  })
})

describe('withDistinctResponseKeys', () => {
  const separate = (query: string, name?: string) => {
    const aliased = withSafeAliases(parse(query), new Set(['id']))
    const result = withDistinctResponseKeys(aliased, name, new Set(['id', 'x__client']))
    return { isSame: result === aliased, clientKeys: Object.fromEntries(result.clientKeys) }
  }

  it('returns an operation unchanged whose keys name one field at each response path', () => {
    expect(separate('{ a { x: f(n: 1) } b { x: f(n: 2) } }').isSame).toBe(true)
    expect(separate('{ u { ... on A { x: f(n: 1, m: 2) } ... on B { x: f(m: 2, n: 1) } } }').isSame).toBe(
      true,
    )
    expect(
      separate('query A { a { x: f } } query B { a { ... on T { x: f } ... on U { x: g } } }', 'A').isSame,
    ).toBe(true)
    expect(
      separate('{ a { x: f } __schema { types { x: name } } __type(name: "T") { x: kind } }').isSame,
    ).toBe(true)
  })

  it('gives each field of a response path its own key', () => {
    expect(
      separate(`
        query A { u { ... on A { y { ...F } } ... on B { y { x: g } } ... on C { y { x: h } } } }
        fragment F on T { x: f }`).clientKeys,
    ).toEqual({ x__client_: 'x', x__client__: 'x' })
  })

  it('keeps the client key of an alias that was replaced before', () => {
    expect(separate('{ u { ... on A { y { id: name } } ... on B { y { id: email } } } }').clientKeys).toEqual(
      { id__client: 'id', id__client__client: 'id' },
    )
  })
})
