import { startAgoraFederation } from '../../../../support/inMemoryFederation'

interface Reference {
  id: string | null
  hull: string | null
}

/** The yard resolves ships by their id only, and requires their hull for the title. */
const ships = startAgoraFederation({
  registry: {
    typeDefs: `
      type Query { ships: [Ship!]! }
      type Ship @key(fields: "id") @key(fields: "hull") { id: ID hull: String }`,
    resolvers: {
      Query: {
        ships: (): Reference[] => [
          { id: '1', hull: 'h1' },
          { id: null, hull: 'h2' },
          { id: '3', hull: null },
          { id: null, hull: null },
        ],
      },
    },
  },
  yard: {
    typeDefs: `
      type Ship @key(fields: "hull", resolvable: false) @key(fields: "id") {
        id: ID hull: String @external
        berth: String title: String @requires(fields: "hull")
      }`,
    resolvers: {
      Ship: {
        __resolveReference: (ship: Reference) => ship,
        berth: ({ id }: Reference) => `berth of ${id}`,
        title: ({ id, hull }: Reference) => `${id} with ${hull}`,
      },
    },
  },
})

it.each([
  ['berth', ['berth of 1', null, 'berth of 3', null]],
  ['title', ['1 with h1', null, '3 with null', null]],
])('represents an entity by a key that its subgraph resolves, and by no other: %s', async (field, values) => {
  const { data, errors } = await ships.execute(`{ ships { ${field} } }`)
  expect(errors).toBeUndefined()
  expect(data).toEqual({ ships: values.map((value) => ({ [field]: value })) })
  const sent = ships.takeReceivedRequests().flatMap(({ variables }) => variables['representations'] ?? [])
  expect(sent).toMatchObject([{ id: '1' }, { id: '3' }])
})
