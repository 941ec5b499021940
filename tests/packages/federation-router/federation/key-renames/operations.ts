import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  {
    name: 'of the members of a union, under the names that clients give',
    query: `{ wares { ... on Bolt { bolt: size tags } ... on Paint { paint: size labels: tags } ... on Rope { size } } }`,
  },
  {
    name: 'an interface that one subgraph does not have',
    query: `{ wares { ... on Sized { size } ... on Bolt { other: size } } }`,
  },
  {
    name: 'of an interface',
    query: `{ wares { __typename ... on Rope { next { size ... on Rope { tags } } } } }`,
  },
]
