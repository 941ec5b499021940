import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  {
    name: 'a fragment in two places',
    query: `{ root { ...F entries { ... on Folder { ...F parent { ...F } } } } } fragment F on Folder { name id }`,
  },
  {
    name: 'selections of one field from several fragments',
    query: `
      { root { ...A ...B entries { id } ... { entries { __typename } } } }
      fragment A on Folder { entries { ... on File { name } } }
      fragment B on Folder { entries { ... on File { bytes parent { name } } } }`,
  },
  {
    name: 'a fragment on the interface',
    query: `{ root { ...E entries { ...E } } } fragment E on Entry { id }`,
  },
  { name: 'an inline fragment without a type', query: `{ ... { root { ... { name } id } } }` },
  {
    name: 'a fragment on the root',
    query: `query Q { ...R } fragment R on Query { root { name } }`,
    operationName: 'Q',
  },
  {
    name: 'one of two operations',
    query: `query One { root { id } } query Two { root { name } }`,
    operationName: 'Two',
  },
]
