import type { InMemoryFederation } from '../../../../support/inMemoryFederation'
import { comparableRequests } from '../../../../support/federation/compareExecutors'
import { startUsersAndPosts } from '../../../../support/federation-router/usersAndPosts'

let federation: InMemoryFederation
beforeAll(async () => {
  federation = await startUsersAndPosts()
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
    expect(comparableRequests(ourRequests, true)).toEqual(comparableRequests(stockRequests, true))
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
