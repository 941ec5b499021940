import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'reports an error of a root field', query: `{ broken order { id } }` },
  { name: 'reports an error of a non-null root field', query: `{ limited order { id } }` },
  { name: 'reports an error under an alias', query: `{ mine: order { id remark: note paid } }` },
  { name: 'reports an error for each entity of a list', query: `{ orders { card id } }` },
  { name: 'reports an error below an entity', query: `{ list: orders { bits: parts { n: amount } } }` },
  { name: 'reports errors of several subgraphs', query: `{ orders { note card } broken }` },
  {
    name: 'omits an error of a skipped field that is fetched',
    query: `
      query ($on: Boolean!) { order { id } ...A @include(if: $on) }
      fragment A on Query { ... @include(if: false) { orders { id } ... { broken } } brokenToo: broken }`,
    variables: { on: true },
    differs: {
      reason: 'the gateway sends the constant condition to the subgraph, our executor evaluates it',
      requests: 'any',
    },
  },
]
