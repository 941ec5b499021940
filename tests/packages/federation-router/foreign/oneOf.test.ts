import {
  startForeignFederation,
  type ForeignFederation,
} from '../../../support/federation-router/foreignFederation'

// Composition omits @oneOf, so that only the subgraph checks it.

let federation: ForeignFederation
beforeAll(async () => {
  federation = await startForeignFederation({
    search: {
      typeDefs: `directive @oneOf on INPUT_OBJECT
        input By @oneOf { id: ID name: String }
        type Query { find(by: By): String }`,
      resolvers: { Query: { find: () => 'found' } },
    },
  })
})
afterAll(() => federation.close())

it.each([
  ['two fields of a literal', '{ find(by: { id: "1", name: "x" }) }', {}],
  ['no field of a literal', '{ find(by: {}) }', {}],
  ['null in a literal', '{ find(by: { id: null }) }', {}],
  ['a nullable variable in a literal', 'query ($id: ID) { find(by: { id: $id }) }', { id: '1' }],
  ['two fields of a variable', 'query ($by: By) { find(by: $by) }', { by: { id: '1', name: 'x' } }],
  ['null in a variable', 'query ($by: By) { find(by: $by) }', { by: { id: null } }],
])('returns BAD_USER_INPUT for %s', async (_, query, variables) => {
  const { data, errors } = await federation.router.send(query, { variables })
  expect(data).toEqual({ find: null })
  expect(errors).toEqual([
    {
      message: 'An argument has a value that its type does not accept.',
      path: ['find'],
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ])
})

it('accepts a value with exactly one field', async () => {
  const { data } = await federation.router.send('query ($id: ID!) { find(by: { id: $id }) }', {
    variables: { id: '1' },
  })
  expect(data).toEqual({ find: 'found' })
})
