import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  {
    name: 'resolves fields that an interface object adds to every implementation',
    query: `{ media { id stars votes { value } } }`,
  },
  {
    name: 'resolves them beside fields of one implementation',
    query: `{ media { ... on Film { minutes stars } ... on Record { tracks } } }`,
  },
  { name: 'selects the __typename that another subgraph resolves', query: `{ best { stars __typename } }` },
  {
    name: 'selects the fields that another subgraph resolves',
    query: `{ best { title ... on Record { tracks stars } } }`,
  },
  {
    name: 'selects __typename under an alias',
    query: `{ media { kind: __typename stars } best { kind: __typename } }`,
  },
  {
    name: 'fetches __typename though all fields beside it are excluded',
    query: `query ($on: Boolean!) { best { stars __typename title @include(if: $on) } }`,
    variables: { on: false },
  },
]
