import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'merges a value of two subgraphs', query: `{ station { latest { heat speed wet } } }` },
  { name: 'merges nested values', query: `{ station { latest { meta { unit source } wet } } }` },
  {
    name: 'merges lists of values item by item',
    query: `{ station { history { speed meta { source unit } wet } } }`,
  },
  {
    name: 'merges lists of lists of values',
    query: `{ station { grid { wet speed } } }`,
    differs: {
      reason: 'the gateway loses the values of the first subgraph in a list of lists',
      data: `{"station":{"grid":[[{"wet":true,"speed":2},null],[]]}}`,
    },
  },
  {
    name: 'merges nulls and empty lists',
    query: `{ stations { id latest { wet speed } history { wet speed } } }`,
  },
]
