import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

// The key, one colour and one type are hidden from clients.
export const subgraphs: SubgraphDefinitions = {
  paint: {
    typeDefs: `
      type Query { pots: [Pot!]! colours: [Colour] must: [Colour!] one(colour: Colour): Colour things: [Thing] }
      type Pot @key(fields: "serial") { serial: ID! @inaccessible colour: Colour! }
      enum Colour { RED GREEN ULTRAVIOLET @inaccessible }
      union Thing = Pot | Ghost
      type Ghost @inaccessible { boo: String }`,
    resolvers: {
      Query: {
        pots: () => [
          { serial: '1', colour: 'RED' },
          { serial: '2', colour: 'GREEN' },
        ],
        colours: () => ['RED', 'ULTRAVIOLET', null, 'GREEN'],
        must: () => ['GREEN', 'ULTRAVIOLET'],
        one: (_: unknown, { colour }: { colour?: string }) => colour ?? 'ULTRAVIOLET',
        things: () => [
          { __typename: 'Pot', serial: '1', colour: 'RED' },
          { __typename: 'Ghost', boo: 'boo' },
        ],
      },
    },
  },
  stock: {
    typeDefs: `type Pot @key(fields: "serial") { serial: ID! @inaccessible litres: Float }`,
    resolvers: {
      Pot: {
        __resolveReference: fromRows([
          { serial: '1', litres: 0.5 },
          { serial: '2', litres: 10 },
        ]),
      },
    },
  },
}
