import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'selects nothing but the __typename of abstract types', query: `{ search { __typename } }` },
  {
    name: 'completes the members of a union by other subgraphs',
    query: `{ search { ... on Song { seconds name } ... on Band { name } ... on Note { text } } }`,
  },
  {
    name: 'returns an empty object for a member without selections',
    query: `{ search { ... on Song { seconds } } }`,
  },
  { name: 'completes an interface', query: `{ named { id ... on Song { seconds } } }` },
  {
    name: 'accepts an interface as a type condition in a union',
    query: `{ search { ... on Named { id ... on Song { by { songs { seconds } } } } } }`,
  },
  {
    name: 'accepts one name for fields of two types',
    query: `{ search { ... on Song { what: seconds } ... on Note { what: __typename } ... on Band { other: name } } }`,
  },
]
