import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'selects the __typename of the root alone', query: `{ __typename }` },
  { name: 'selects the __typename of a mutation', query: `mutation { __typename feed { __typename } }` },
  {
    name: 'selects the __typename of the root beside fields',
    query: `{ a: __typename keeper { b: __typename pay { c: __typename amount } } }`,
  },
  {
    name: 'selects nothing but the __typename of a value and an entity',
    query: `{ keeper { __typename pay { __typename } } }`,
  },
  {
    name: 'selects the __typename of abstract types',
    query: `{ animals { __typename kind: __typename ... on Cat { keeper { __typename } } } }`,
  },
  { name: 'selects __typename under aliases', query: `{ animals { a: __typename b: __typename name } }` },
  {
    name: 'selects __typename in fragments',
    query: `{ ...R } fragment R on Query { __typename keeper { ... on Keeper { __typename } } }`,
  },
]
