import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  {
    name: 'spreads a fragment twice',
    query: `{ root { ...F entries { ... on Folder { ...F parent { ...F } } } } } fragment F on Folder { name id }`,
  },
  {
    name: 'merges selections of one field from several fragments',
    query: `
      { root { ...A ...B entries { id } ... { entries { __typename } } } }
      fragment A on Folder { entries { ... on File { name } } }
      fragment B on Folder { entries { ... on File { bytes parent { name } } } }`,
  },
  {
    name: 'spreads a fragment on an interface',
    query: `{ root { ...E entries { ...E } } } fragment E on Entry { id }`,
  },
  {
    name: 'accepts an inline fragment without a type condition',
    query: `{ ... { root { ... { name } id } } }`,
  },
  {
    name: 'spreads a fragment on the root',
    query: `query Q { ...R } fragment R on Query { root { name } }`,
    operationName: 'Q',
  },
  {
    name: 'executes one of two operations',
    query: `query One { root { id } } query Two { root { name } }`,
    operationName: 'Two',
  },
]
