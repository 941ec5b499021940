import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'a value from two subgraphs', query: `{ station { latest { heat speed wet } } }` },
  { name: 'values within values', query: `{ station { latest { meta { unit source } wet } } }` },
  {
    name: 'lists of values, element by element',
    query: `{ station { history { speed meta { source unit } wet } } }`,
  },
  {
    name: 'lists of lists of values',
    query: `{ station { grid { wet speed } } }`,
    differs: {
      reason: 'the gateway loses what the first subgraph gave below a list of a list',
      data: `{"station":{"grid":[[{"wet":true,"speed":2},null],[]]}}`,
    },
  },
  { name: 'null and empty in both', query: `{ stations { id latest { wet speed } history { wet speed } } }` },
]
