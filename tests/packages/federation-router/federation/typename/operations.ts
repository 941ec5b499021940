import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'of the root alone', query: `{ __typename }` },
  { name: 'of the root of a mutation', query: `mutation { __typename feed { __typename } }` },
  {
    name: 'of the root beside fields',
    query: `{ a: __typename keeper { b: __typename pay { c: __typename amount } } }`,
  },
  { name: 'of a value and an entity alone', query: `{ keeper { __typename pay { __typename } } }` },
  {
    name: 'of abstract types',
    query: `{ animals { __typename kind: __typename ... on Cat { keeper { __typename } } } }`,
  },
  { name: 'under several names', query: `{ animals { a: __typename b: __typename name } }` },
  {
    name: 'in fragments',
    query: `{ ...R } fragment R on Query { __typename keeper { ... on Keeper { __typename } } }`,
  },
]
