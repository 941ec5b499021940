import { GraphQLError } from 'graphql'

import { startFederation, type InMemoryFederation } from '../../../../support/inMemoryFederation'

const users = [
  { id: '1', name: 'Ada', nick: null, role: 'ADMIN', age: 36, score: 1.5, tags: ['a', 'b'] },
  { id: '2', name: 'Bo "B" Ø\n😀', nick: 'bo', role: 'MEMBER', age: 20, score: 2, tags: [] },
]
const posts = [
  { id: 'p1', title: 'One', authorId: '1' },
  { id: 'p2', title: 'Two', authorId: '2' },
  { id: 'p3', title: 'Three', authorId: '1' },
]
const reject = (code: string) => () => {
  throw new GraphQLError(`Rejected: ${code}`, { extensions: { code } })
}

let federation: InMemoryFederation

beforeAll(async () => {
  federation = await startFederation({
    users: {
      typeDefs: `
        enum Role { ADMIN MEMBER SECRET @inaccessible }
        interface Named { name: String! }
        type Address { street: String! city: String @shareable }
        type User implements Named @key(fields: "id") {
          id: ID! name: String! nick: String role: Role age: Int score: Float tags: [String!]! isIn: Boolean
          address: Address forbidden: String mustFail: String!
        }
        type Query { me: User user(id: ID!): User users: [User!]! gone: User }
        type Mutation { rename(name: String!): User bad: Int! }`,
      resolvers: {
        Query: {
          me: () => users[0],
          user: (_: unknown, { id }: { id: string }) => users.find((each) => each.id === id),
          users: () => users,
        },
        Mutation: { rename: (_: unknown, { name }: { name: string }) => ({ ...users[0], name }) },
        User: {
          __resolveReference: ({ id }: { id: string }) => users.find((each) => each.id === id),
          isIn: () => true,
          address: () => ({ street: 'Main', city: null }),
          forbidden: reject('FORBIDDEN'),
          mustFail: reject('FORBIDDEN'),
        },
      },
    },
    posts: {
      typeDefs: `
        interface Named { name: String! }
        type Tag implements Named { name: String! weight: Int }
        type Post @key(fields: "id") { id: ID! title: String author: User sure: User! named: [Named] thing: Thing count: Int }
        type User @key(fields: "id") { id: ID! posts(first: Int): [Post!]! }
        union Thing = Post | Tag
        type Query { posts: [Post!]! post(id: ID!): Post things: [Thing!]! }
        type Mutation { publish(id: ID!): Post }`,
      resolvers: {
        Query: {
          posts: () => posts,
          post: (_: unknown, { id }: { id: string }) => posts.find((each) => each.id === id),
          things: () => [
            { __typename: 'Tag', name: 't', weight: 3 },
            { __typename: 'Post', ...posts[0] },
          ],
        },
        Mutation: { publish: (_: unknown, { id }: { id: string }) => posts.find((each) => each.id === id) },
        Post: {
          __resolveReference: ({ id }: { id: string }) => posts.find((each) => each.id === id),
          author: ({ authorId }: { authorId: string }) => ({ id: authorId }),
          sure: ({ authorId }: { authorId: string }) => ({ id: authorId }),
          named: () => [{ __typename: 'Tag', name: 't' }, null],
          thing: () => ({ __typename: 'Tag', name: 'x', weight: 1 }),
        },
        User: {
          posts: ({ id }: { id: string }, { first }: { first?: number }) =>
            posts.filter((each) => each.authorId === id).slice(0, first),
        },
      },
    },
  })
})
afterEach(() => federation.tamperWith(undefined))

describe('returns the same response as the stock gateway, with the same requests', () => {
  it.each<[string, string, Record<string, unknown>?]>([
    ['leaves', '{ me { id name nick role age score tags isIn address { street city } } }'],
    ['strings that need escaping', '{ users { name } }'],
    ['entities', '{ posts { title author { name } } }'],
    ['two levels of entities', '{ posts { author { name posts(first: 1) { title author { name } } } } }'],
    ['aliases', '{ a: me { n: name m: name } b: user(id: "2") { n: nick } }'],
    [
      'variables',
      'query ($id: ID!, $n: Int) { user(id: $id) { name posts(first: $n) { id } } }',
      { id: '1', n: 1 },
    ],
    ['omitted variables', 'query ($id: ID = "2", $n: Int) { user(id: $id) { posts(first: $n) { id } } }'],
    ['merged fields', '{ me { name } me { id name posts { id } } me { posts { title } } }'],
    [
      'fragments',
      'query { me { ...A } } fragment A on User { ...B posts { id } } fragment B on User { name }',
    ],
    ['an interface', '{ posts { named { name ... on Tag { weight } __typename } } }'],
    ['a union', '{ things { __typename ... on Tag { name } ... on Post { title author { name } } } }'],
    ['a union and an alias of __typename', '{ things { kind: __typename ... on Named { name } } }'],
    ['null', '{ user(id: "9") { name posts { id } } gone { name } }'],
    ['two subgraphs at the root', '{ me { name } posts { id } __typename }'],
    ['__typename alone', '{ kind: __typename }'],
    [
      'mutations',
      'mutation { a: rename(name: "x") { name posts { id } } publish(id: "p1") { title } b: rename(name: "y") { name } }',
    ],
    [
      '__proto__',
      '{ __proto__: me { constructor: name __proto__: nick toString: id hasOwnProperty: posts { id } } }',
    ],
    [
      'fields beside introspection with aliases that are names of keys',
      '{ id: __type(name: "Tag") { id: name ...T } me { name } } fragment T on __Type { fields { id: name } }',
    ],
    [
      'fields beside introspection',
      '{ __schema { queryType { name } } me { name } t: __type(name: "Tag") { kind } }',
    ],
  ])('%s', async (_name, query, ...[variables]) => {
    const stock = await federation.executeOnApollo(query, variables)
    const stockRequests = federation.takeReceivedRequests()
    const ours = await federation.executeOnAgora(query, variables)
    expect(ours).toEqual(stock)
    expect(JSON.stringify(ours)).toEqual(JSON.stringify(stock))
    const ourRequests = federation.takeReceivedRequests()
    expect(ourRequests.map(withoutDuplicates)).toEqual(stockRequests.map(withoutDuplicates))
  })

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('@skip and @include: %s, %s', async (a, b) => {
    const query = `query ($a: Boolean!, $b: Boolean = true) {
      me @skip(if: $a) { name ...F @include(if: $b) } posts @include(if: $b) { id author @skip(if: $a) { name } }
      users { id @include(if: $a) ... @skip(if: $b) { nick } name }
    } fragment F on User { posts { id } age @include(if: $b) }`
    const stock = await federation.executeOnApollo(query, { a, b })
    const ours = await federation.executeOnAgora(query, { a, b })
    expect(JSON.stringify(ours)).toEqual(JSON.stringify(stock))
  })
})

it('accepts a variable with the name that plans use for representations', async () => {
  const query = `query ($representations: Int, $representations_: Boolean!, $id: ID = "2") {
    me { name posts(first: $representations) { title @skip(if: $representations_) id } } user(id: $id) { nick }
  }`
  expect(await federation.executeOnAgora(query, { representations: 1, representations_: true })).toEqual({
    data: { me: { name: 'Ada', posts: [{ id: 'p1' }] }, user: { nick: 'bo' } },
  })
  const { data } = await federation.executeOnAgora(query, { representations_: false })
  expect(data.me.posts).toHaveLength(2)
  const { errors } = await federation.executeOnAgora(query, { representations: 'x', representations_: true })
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
})

it('keeps aliases that are names of keys in introspection, and replaces them elsewhere', async () => {
  const { data, errors } = await federation.executeOnAgora(
    '{ me { id: name posts { id } } __schema { queryType { id: name ...T } } } fragment T on __Type { __typename: kind }',
  )
  expect(errors).toBeUndefined()
  expect(data).toEqual({
    me: { id: 'Ada', posts: [{ id: 'p1' }, { id: 'p3' }] },
    __schema: { queryType: { id: 'Query', __typename: 'OBJECT' } },
  })
})

function withoutDuplicates({
  service,
  query,
  variables,
}: {
  service: string
  query: string
  variables: Record<string, unknown>
}) {
  const { representations, ...others } = variables
  if (!Array.isArray(representations)) return { service, query, variables }
  const unique = [...new Set(representations.map((each) => JSON.stringify(each)))]
  return {
    service,
    query,
    variables: { ...others, representations: unique.map((each) => JSON.parse(each) as unknown) },
  }
}

describe('errors', () => {
  it('sends each representation once, in the order of the response', async () => {
    federation.takeReceivedRequests()
    await federation.executeOnAgora('{ posts { author { name } } }')
    const [, entities] = federation.takeReceivedRequests()
    expect(entities?.variables).toEqual({
      representations: [
        { __typename: 'User', id: '1' },
        { __typename: 'User', id: '2' },
      ],
    })
  })

  it('reports an error of an entity at every path of the entity', async () => {
    const { data, errors } = await federation.executeOnAgora('{ posts { author { name forbidden } } }')
    expect(data.posts[2]).toEqual({ author: { name: 'Ada', forbidden: null } })
    expect(errors?.map(({ path }) => path?.join('.'))).toEqual([
      'posts.0.author.forbidden',
      'posts.2.author.forbidden',
      'posts.1.author.forbidden',
    ])
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } })
  })

  it('propagates a null of a non-null type, with one error', async () => {
    const { data, errors } = await federation.executeOnAgora(
      '{ post(id: "p1") { title author { mustFail } } }',
    )
    expect(data).toEqual({ post: { title: 'One', author: null } })
    expect(errors).toMatchObject([
      { path: ['post', 'author', 'mustFail'], extensions: { code: 'FORBIDDEN' } },
    ])
    expect(errors).toHaveLength(1)
  })

  it('reports a missing entity only where it must not be null', async () => {
    federation.tamperWith((service, response, { query }) =>
      service === 'users' && query.includes('_entities') ? { data: { _entities: [null, null] } } : response,
    )
    expect(await federation.executeOnAgora('{ posts { title author { nick } } }')).toEqual({
      data: { posts: posts.map(({ title }) => ({ title, author: { nick: null } })) },
    })
    expect(await federation.executeOnAgora('{ posts { title author { name } } }')).toEqual({
      data: { posts: posts.map(({ title }) => ({ title, author: null })) },
    })
    const { data, errors } = await federation.executeOnAgora('{ posts { sure { name } } }')
    expect(data).toBeNull()
    expect(errors?.map(({ path, message }) => [path?.join('.'), message])).toEqual([
      ['posts.0.sure', 'Cannot return null for non-nullable field Post.sure.'],
    ])
  })

  it('returns null for the fields of a failed fetch, with one error', async () => {
    federation.tamperWith((service, response, { query }) => {
      if (service === 'users' && query.includes('_entities'))
        throw new GraphQLError('Down', { extensions: { code: 'SUBGRAPH_UNAVAILABLE', service } })
      return response
    })
    const { data, errors } = await federation.executeOnAgora(
      '{ me { name } posts { title author { name } } }',
    )
    expect(data).toEqual({ me: { name: 'Ada' }, posts: posts.map(({ title }) => ({ title, author: null })) })
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'Down',
        path: ['posts', 0, 'author'],
        extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'users' },
      }),
    ])
    const sure = await federation.executeOnAgora('{ posts { sure { name } } }')
    expect(sure.data).toBeNull()
    expect(sure.errors).toMatchObject([{ path: ['posts', 0, 'sure', 'name'] }])
  })

  it('reports equal failures once when their objects are null for another reason', async () => {
    federation.tamperWith((service, response) => {
      if (service === 'users')
        throw new GraphQLError('Down', { extensions: { code: 'SUBGRAPH_UNAVAILABLE', service } })
      const [post] = (response.data?.['posts'] ?? []) as object[]
      return { data: { posts: [{ ...post, id: null }] } }
    })
    const { data, errors } = await federation.executeOnAgora(
      '{ posts { id author { name } other: author { name } } }',
    )
    expect(data).toBeNull()
    expect(errors?.map(({ message, path }) => `${message} ${path?.join('.')}`)).toEqual([
      'Down posts',
      'Cannot return null for non-nullable field Post.id. posts.0.id',
    ])
  })

  it('sends no fetch that only selects the __typename of the root', async () => {
    const query = `mutation ($off: Boolean!) { ...F @skip(if: $off) rename(name: "x") { name } }
      fragment F on Mutation { kind: __typename }`
    federation.takeReceivedRequests()
    const { data, errors } = await federation.executeOnAgora(query, { off: false })
    expect(errors).toBeUndefined()
    expect(data).toEqual({ kind: 'Mutation', rename: { name: 'x' } })
    expect((await federation.executeOnAgora(query, { off: true })).data).toEqual({ rename: { name: 'x' } })
    expect(federation.takeReceivedRequests().map(({ service }) => service)).toEqual(['users', 'users'])
  })

  it('returns null for root fields whose fetch failed', async () => {
    federation.tamperWith((service, response) => {
      if (service === 'users')
        throw new GraphQLError('Down', { extensions: { code: 'SUBGRAPH_TIMEOUT', service } })
      return response
    })
    const { data, errors } = await federation.executeOnAgora('{ me { name } posts { title } }')
    expect(data).toEqual({ me: null, posts: posts.map(({ title }) => ({ title })) })
    expect(errors).toMatchObject([{ path: ['me'], extensions: { code: 'SUBGRAPH_TIMEOUT' } }])
  })

  it.each<[string, unknown, unknown, string | undefined]>([
    ['age', 'old', null, 'Int cannot represent non-integer value: "old"'],
    ['age', 1.5, null, 'Int cannot represent non-integer value: 1.5'],
    ['age', 2 ** 31, null, 'Int cannot represent non 32-bit signed integer value: 2147483648'],
    ['age', '5', 5, undefined],
    ['score', 'x', null, 'Float cannot represent non numeric value: "x"'],
    ['isIn', 'yes', null, 'Boolean cannot represent a non boolean value: "yes"'],
    ['nick', { a: 1 }, null, 'String cannot represent value: { a: 1 }'],
    ['nick', 5, '5', undefined],
    ['role', 'SECRET', null, 'Enum "Role" cannot represent value: "SECRET"'],
    ['address', 'x', null, 'Expected an object for field "User.address".'],
    ['address', [], null, 'Expected an object for field "User.address".'],
  ])('completes %s with the value %p', async (name, value, expected, message) => {
    federation.tamperWith(() => ({ data: { me: { [name]: value } } }))
    const { data, errors } = await federation.executeOnAgora(
      `{ me { ${name === 'address' ? 'address { city }' : name} } }`,
    )
    expect(data).toEqual({ me: { [name]: expected } })
    expect(errors?.map((error) => [error.message, error.path])).toEqual(message && [[message, ['me', name]]])
  })

  it.each([
    ['User', 'Runtime Object type "User" is not a possible type for "Thing".'],
    ['Unknown', 'Abstract type "Thing" must resolve to an Object type at runtime for field "Post.thing".'],
    ['Role', 'Abstract type "Thing" must resolve to an Object type at runtime for field "Post.thing".'],
  ])('rejects an object of an unexpected type: %s', async (__typename, message) => {
    federation.tamperWith(() => ({ data: { post: { thing: { __typename, name: 'x' } } } }))
    const { data, errors } = await federation.executeOnAgora(
      '{ post(id: "p1") { thing { __typename ... on Named { name } } } }',
    )
    expect(data).toEqual({ post: { thing: null } })
    expect(errors?.map((error) => [error.message, error.path])).toEqual([[message, ['post', 'thing']]])
  })

  it('reports an error with the index of an entity that was not fetched', async () => {
    federation.tamperWith((service, response) => {
      if (service !== 'users') return response
      const error = { message: 'No', path: ['_entities', 7, 'name'], extensions: { code: 'FORBIDDEN' } }
      return { data: { _entities: [null] }, errors: [error] }
    })
    const { data, errors } = await federation.executeOnAgora('{ post(id: "p1") { author { nick } } }')
    expect(data).toEqual({ post: { author: { nick: null } } })
    expect(errors).toMatchObject([{ message: 'No', path: ['post', 'author', 'nick'] }])
  })

  it('rejects a value that is not a list', async () => {
    federation.tamperWith(() => ({ data: { me: { tags: 'x' } } }))
    const { data, errors } = await federation.executeOnAgora('{ me { tags } }')
    expect(data).toEqual({ me: null })
    expect(errors).toMatchObject([{ path: ['me', 'tags'] }])
  })

  it('rejects invalid variables like the stock gateway', async () => {
    const query = 'query ($id: ID!, $n: Int) { user(id: $id) { posts(first: $n) { id } } }'
    for (const variables of [{}, { id: null }, { id: '1', n: 'x' }, { id: { a: 1 } }]) {
      const ours = await federation.executeOnAgora(query, variables)
      const stock = await federation.executeOnApollo(query, variables)
      expect(ours).toEqual(stock)
      expect(ours.errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT')
    }
  })

  it('rejects null for a condition that has a default', async () => {
    federation.takeReceivedRequests()
    for (const selection of [
      'me @skip(if: $on) { id }',
      'posts { ...F } } fragment F on Post { id @include(if: $on)',
    ]) {
      const query = `query ($on: Boolean = true) { users { id } ${selection} }`
      const { data, errors } = await federation.executeOnAgora(query, { on: null })
      expect(data).toBeUndefined()
      expect(errors).toMatchObject([
        {
          message: 'The variable "$on" must not be null: it is a condition of @skip or @include.',
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ])
    }
    expect(federation.takeReceivedRequests()).toEqual([])
  })

  it('accepts null for a variable that is a condition of another operation only', async () => {
    const query =
      'query A($n: Int = 1) { me { posts(first: $n) { id } } } query B($n: Boolean = true) { me @skip(if: $n) { id } }'
    const { errors } = await federation.executeOnAgora(query, { n: null }, 'A')
    expect(errors).toBeUndefined()
  })
})
