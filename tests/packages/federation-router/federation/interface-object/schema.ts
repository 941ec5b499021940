import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  library: {
    typeDefs: `
      type Query { media: [Medium] }
      interface Medium @key(fields: "id") { id: ID! title: String! }
      type Film implements Medium @key(fields: "id") { id: ID! title: String! minutes: Int }
      type Record implements Medium @key(fields: "id") { id: ID! title: String! tracks: Int }`,
    resolvers: {
      Query: {
        media: () => [
          { __typename: 'Film', id: 'm1', title: 'Stalker', minutes: 162 },
          { __typename: 'Record', id: 'm2', title: 'Blue', tracks: 10 },
          null,
        ],
      },
      Medium: {
        __resolveReference: fromRows([
          { __typename: 'Film', id: 'm1', title: 'Stalker', minutes: 162 },
          { __typename: 'Record', id: 'm2', title: 'Blue', tracks: 10 },
        ]),
      },
      Film: { __resolveReference: fromRows([{ id: 'm1', title: 'Stalker', minutes: 162 }]) },
      Record: { __resolveReference: fromRows([{ id: 'm2', title: 'Blue', tracks: 10 }]) },
    },
  },
  ratings: {
    typeDefs: `
      type Query { best: Medium }
      type Medium @key(fields: "id") @interfaceObject { id: ID! stars: Int votes: [Vote!]! }
      type Vote { value: Int! }`,
    resolvers: {
      Query: { best: () => ({ id: 'm2', stars: 5, votes: [{ value: 5 }] }) },
      Medium: {
        __resolveReference: fromRows([
          { id: 'm1', stars: 4, votes: [{ value: 3 }, { value: 5 }] },
          { id: 'm2', stars: 5, votes: [{ value: 5 }] },
        ]),
      },
    },
  },
}
