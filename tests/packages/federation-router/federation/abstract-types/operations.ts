import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'the types alone', query: `{ search { __typename } }` },
  {
    name: 'a union whose members are completed elsewhere',
    query: `{ search { ... on Song { seconds name } ... on Band { name } ... on Note { text } } }`,
  },
  {
    name: 'a member that is not asked for is an empty object',
    query: `{ search { ... on Song { seconds } } }`,
  },
  { name: 'an interface', query: `{ named { id ... on Song { seconds } } }` },
  {
    name: 'an interface as a condition in a union',
    query: `{ search { ... on Named { id ... on Song { by { songs { seconds } } } } } }`,
  },
  {
    name: 'the same name for fields of two types',
    query: `{ search { ... on Song { what: seconds } ... on Note { what: __typename } ... on Band { other: name } } }`,
  },
]
