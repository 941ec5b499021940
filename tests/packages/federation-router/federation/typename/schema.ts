import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  zoo: {
    typeDefs: `
      type Query { animals: [Animal] keeper: Keeper }
      type Mutation { feed: Keeper }
      interface Animal { name: String }
      type Cat implements Animal @key(fields: "name") { name: String keeper: Keeper }
      type Dog implements Animal { name: String }
      type Keeper @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        animals: () => [
          { __typename: 'Cat', name: 'Tom', keeper: { id: 'k1' } },
          { __typename: 'Dog', name: 'Rex' },
        ],
        keeper: () => ({ id: 'k1' }),
      },
      Mutation: { feed: () => ({ id: 'k1' }) },
    },
  },
  staff: {
    typeDefs: `
      type Keeper @key(fields: "id") { id: ID! pay: Pay }
      type Pay { amount: Int }`,
    resolvers: {
      Keeper: { __resolveReference: fromRows([{ id: 'k1', pay: { amount: 5 } }]) },
    },
  },
}
