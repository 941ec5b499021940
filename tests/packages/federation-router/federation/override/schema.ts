import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  monolith: {
    typeDefs: `
      type Query { account: Account }
      type Account @key(fields: "id") { id: ID! balance: Int owner: String }`,
    resolvers: {
      Query: { account: () => ({ id: 'a1', balance: -1, owner: 'old' }) },
      Account: { __resolveReference: fromRows([{ id: 'a1', balance: -1, owner: 'old' }]) },
    },
  },
  ledger: {
    typeDefs: `type Account @key(fields: "id") { id: ID! balance: Int @override(from: "monolith") }`,
    resolvers: { Account: { __resolveReference: fromRows([{ id: 'a1', balance: 100 }]) } },
  },
}
