import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'of a root field', query: `{ broken order { id } }` },
  { name: 'of a root field that may not be null', query: `{ limited order { id } }` },
  { name: 'of a field under another name', query: `{ mine: order { id remark: note paid } }` },
  { name: 'of each entity of a list', query: `{ orders { card id } }` },
  { name: 'below an entity', query: `{ list: orders { bits: parts { n: amount } } }` },
  { name: 'of several subgraphs', query: `{ orders { note card } broken }` },
  {
    name: 'of a field that is skipped, yet asked for',
    query: `
      query ($on: Boolean!) { order { id } ...A @include(if: $on) }
      fragment A on Query { ... @include(if: false) { orders { id } ... { broken } } brokenToo: broken }`,
    variables: { on: true },
    differs: {
      reason: 'the planner has the subgraph told of the constant, ours knows it',
      requests: 'any',
    },
  },
]
