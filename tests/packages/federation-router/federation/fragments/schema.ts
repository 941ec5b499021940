import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  trees: {
    typeDefs: `
      type Query { root: Folder }
      interface Entry { id: ID! }
      type Folder implements Entry @key(fields: "id") { id: ID! entries: [Entry!]! parent: Folder }
      type File implements Entry @key(fields: "id") { id: ID! parent: Folder }`,
    resolvers: {
      Query: {
        root: () => ({
          id: 'd1',
          parent: null,
          entries: [
            { __typename: 'File', id: 'f1', parent: { id: 'd1' } },
            { __typename: 'Folder', id: 'd2', parent: { id: 'd1' }, entries: [] },
          ],
        }),
      },
    },
  },
  names: {
    typeDefs: `
      type Folder @key(fields: "id") { id: ID! name: String! }
      type File @key(fields: "id") { id: ID! name: String! bytes: Int }`,
    resolvers: {
      Folder: {
        __resolveReference: fromRows([
          { id: 'd1', name: '/' },
          { id: 'd2', name: 'src' },
        ]),
      },
      File: { __resolveReference: fromRows([{ id: 'f1', name: 'README', bytes: 12 }]) },
    },
  },
}
