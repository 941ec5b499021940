import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'fields added to every implementation', query: `{ media { id stars votes { value } } }` },
  {
    name: 'beside fields of one',
    query: `{ media { ... on Film { minutes stars } ... on Record { tracks } } }`,
  },
  { name: 'its type is asked for elsewhere', query: `{ best { stars __typename } }` },
  { name: 'its fields are asked for elsewhere', query: `{ best { title ... on Record { tracks stars } } }` },
  {
    name: 'the type under another name',
    query: `{ media { kind: __typename stars } best { kind: __typename } }`,
  },
]
