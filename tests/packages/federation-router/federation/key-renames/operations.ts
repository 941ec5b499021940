import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  {
    name: 'renames fields of union members under aliases',
    query: `{ wares { ... on Bolt { bolt: size tags } ... on Paint { paint: size labels: tags } ... on Rope { size } } }`,
  },
  {
    name: 'renames fields of an interface that one subgraph lacks',
    query: `{ wares { ... on Sized { size } ... on Bolt { other: size } } }`,
  },
  {
    name: 'renames fields of an interface',
    query: `{ wares { __typename ... on Rope { next { size ... on Rope { tags } } } } }`,
  },
]
