import type { InMemorySubgraph } from '../inMemoryFederation'

const heights = new Map([
  ['m', 100],
  ['ft', 328],
])

/** Of a subgraph that requires the same field with several arguments, which others own. */
export const towers: Readonly<Record<string, InMemorySubgraph>> = {
  survey: {
    typeDefs: `
      type Query { towers: [Tower!]! }
      type Tower @key(fields: "id") { id: ID! height(unit: String = "m"): Int bells(first: Int!): [Bell!]! }
      type Bell @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { towers: () => [{ id: 't1' }, { id: 't2' }] },
      Tower: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        height: ({ id }: { id: string }, { unit }: { unit: string }) =>
          (heights.get(unit) ?? 0) * (id === 't1' ? 1 : 2),
        bells: (_tower: object, { first }: { first: number }) =>
          ['b1', 'b2', 'b3'].slice(0, first).map((id) => ({ id })),
      },
    },
  },
  foundry: {
    typeDefs: `type Bell @key(fields: "id") { id: ID! tone: String! }`,
    resolvers: {
      Bell: { __resolveReference: ({ id }: { id: string }) => ({ id, tone: `tone of ${id}` }) },
    },
  },
  labels: {
    typeDefs: `
      type Tower @key(fields: "id") {
        id: ID!
        height(unit: String = "m"): Int @external
        bells(first: Int!): [Bell!]! @external
        plain: String @requires(fields: "height")
        metres(prefix: String = ""): String @requires(fields: "height(unit: \\"m\\")")
        feet(prefix: String = ""): String @requires(fields: "height(unit: \\"ft\\")")
        chord: String @requires(fields: "bells(first: 2) { tone }")
        peal: String @requires(fields: "bells(first: 3) { tone }")
        note: String
      }
      type Bell @key(fields: "id") { id: ID! tone: String! @external }`,
    resolvers: {
      Tower: {
        __resolveReference: (tower: object) => tower,
        plain: ({ height }: { height: number }) => `plain ${height}`,
        metres: ({ height }: { height: number }, { prefix }: { prefix: string }) => `${prefix}${height} m`,
        feet: ({ height }: { height: number }, { prefix }: { prefix: string }) => `${prefix}${height} ft`,
        chord: ({ bells }: { bells: { tone: string }[] }) => bells.map(({ tone }) => tone).join(),
        peal: ({ bells }: { bells: { tone: string }[] }) => bells.map(({ tone }) => tone).join(),
        note: () => 'a note',
      },
    },
  },
}

/** Only the second key of `yard` can be used to enter it again. */
export const ships: Readonly<Record<string, InMemorySubgraph>> = {
  yard: {
    typeDefs: `
      type Query { ships: [Ship!]! }
      type Ship @key(fields: "hull", resolvable: false) @key(fields: "id dock { row }") {
        id: ID! hull: String! dock: Dock! flag: String! @external
        title: String! @requires(fields: "flag")
      }
      type Dock { row: Int! }`,
    resolvers: {
      Query: { ships: () => [{ id: 's1', hull: 'h1', dock: { row: 4 } }] },
      Ship: {
        __resolveReference: (ship: { id?: string; dock?: object }) => {
          if (!ship.id || !ship.dock) throw new Error('No key')
          return ship
        },
        title: ({ id, flag }: { id: string; flag: string }) => `${id} under ${flag}`,
      },
    },
  },
  registry: {
    typeDefs: `type Ship @key(fields: "id") { id: ID! flag: String! }`,
    resolvers: { Ship: { __resolveReference: ({ id }: { id: string }) => ({ id, flag: 'blue' }) } },
  },
}

/** No subgraph has an object type for `Beacon`. */
export const beacons: Readonly<Record<string, InMemorySubgraph>> = {
  coast: {
    typeDefs: `
      interface Beacon @key(fields: "id") { id: ID! other: Beacon }
      interface Place { id: ID! beacon: Beacon }
      type Harbour implements Place @key(fields: "id") { id: ID! name: String beacon: Beacon beacons: [[Beacon]] }
      type Island implements Place @key(fields: "id") { id: ID! beacon: Beacon! @shareable name: String }
      union Somewhere = Harbour | Island
      type Query { beacon: Beacon count: Int! harbour: Harbour place: Place somewhere: Somewhere }
      type Mutation { light: Beacon build: Harbour }`,
    resolvers: { Query: { count: () => 3, harbour: () => ({ id: 'h1', name: 'Deep', beacons: [] }) } },
  },
  lights: {
    typeDefs: `
      type Beacon @key(fields: "id", resolvable: false) @interfaceObject { id: ID! colour: String }
      type Harbour @key(fields: "id") { id: ID! nearest: Beacon }
      type Island @key(fields: "id", resolvable: false) { id: ID! beacon: Beacon @shareable }
      type Query { light: Beacon }`,
    resolvers: {
      Query: { light: () => ({ id: 'l1', colour: 'red' }) },
      Harbour: { nearest: () => ({ id: 'l2', colour: 'green' }) },
    },
  },
}
