import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

type Owner = { __typename: 'Human'; name: string } | { __typename: 'Firm'; vat: number } | null

export const subgraphs: SubgraphDefinitions = {
  registry: {
    typeDefs: `
      type Query { cars: [Car!]! }
      type Car @key(fields: "plate") { plate: ID! owner: Owner keeper: Holder }
      union Owner = Human | Firm
      interface Holder { label: String }
      type Human implements Holder { name: String! label: String }
      type Firm implements Holder { vat: Int label: String }`,
    resolvers: {
      Query: {
        cars: () => [
          {
            plate: 'A',
            owner: { __typename: 'Human', name: 'Ada' },
            keeper: { __typename: 'Firm', label: 'F' },
          },
          { plate: 'B', owner: { __typename: 'Firm', vat: 7 }, keeper: null },
          { plate: 'C', owner: null, keeper: { __typename: 'Human', label: null } },
        ],
      },
    },
  },
  tax: {
    typeDefs: `
      type Car @key(fields: "plate") {
        plate: ID!
        owner: Owner @external
        keeper: Holder @external
        bill: String @requires(fields: "owner { ... on Human { name } ... on Firm { vat } }")
        holder: String @requires(fields: "keeper { label }")
      }
      union Owner = Human | Firm
      interface Holder { label: String }
      type Human implements Holder { name: String! @external label: String @external }
      type Firm implements Holder { vat: Int @external label: String @external }`,
    resolvers: {
      Car: {
        __resolveReference: fromRows([{ plate: 'A' }, { plate: 'B' }, { plate: 'C' }]),
        bill: ({ owner }: { owner: Owner }) => JSON.stringify(owner),
        holder: ({ keeper }: { keeper: { label: string } | null }) => keeper?.label,
      },
    },
  },
}
