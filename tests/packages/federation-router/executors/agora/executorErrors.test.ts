import { GraphQLError } from 'graphql'

import type { InMemoryFederation } from '../../../../support/inMemoryFederation'
import { posts, startUsersAndPosts } from '../../../../support/federation-router/usersAndPosts'

let federation: InMemoryFederation
beforeAll(async () => {
  federation = await startUsersAndPosts()
})
afterEach(() => federation.tamperWith(undefined))

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
  const { data, errors } = await federation.executeOnAgora('{ post(id: "p1") { title author { mustFail } } }')
  expect(data).toEqual({ post: { title: 'One', author: null } })
  expect(errors).toMatchObject([{ path: ['post', 'author', 'mustFail'], extensions: { code: 'FORBIDDEN' } }])
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
  const { data, errors } = await federation.executeOnAgora('{ me { name } posts { title author { name } } }')
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
