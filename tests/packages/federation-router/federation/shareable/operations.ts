import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  {
    name: 'fetches a shared field from the subgraph of its parent',
    query: `{ place { name at { x } } other { name } }`,
  },
  { name: 'fetches a shared value type that one subgraph extends', query: `{ place { at { x label y } } }` },
  { name: 'fetches shared root fields', query: `{ both { y x } }` },
  {
    name: 'fetches a shared root field that one subgraph extends',
    query: `{ both { label x } place { size } }`,
  },
]
