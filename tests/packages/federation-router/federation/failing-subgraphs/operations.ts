import type { CaseOperation } from '../../../../support/federation/federationCase'

const withoutPath = 'the gateway reports a failed fetch without a path'

export const operations: readonly CaseOperation[] = [
  {
    name: 'reports nullable fields',
    query: `{ city { name rain climate { kind } } }`,
    differs: { reason: withoutPath, errors: ['city.rain SUBGRAPH_UNAVAILABLE'] },
  },
  {
    name: 'reports a non-null field',
    query: `{ city { name degrees } }`,
    differs: { reason: withoutPath, errors: ['city SUBGRAPH_UNAVAILABLE'] },
  },
  {
    name: 'reports one error for a list, at the shortest path',
    query: `{ cities { name degrees } }`,
    differs: { reason: withoutPath, errors: ['cities SUBGRAPH_UNAVAILABLE'] },
  },
  {
    name: 'reports a root field beside the fields of another subgraph',
    query: `{ now: climate { kind } city { name } }`,
    differs: { reason: withoutPath, errors: ['now SUBGRAPH_UNAVAILABLE'] },
  },
  {
    name: 'reports one error for each fetch',
    query: `{ climate { kind } city { rain } }`,
    differs: {
      reason: withoutPath,
      errors: ['city.rain SUBGRAPH_UNAVAILABLE', 'climate SUBGRAPH_UNAVAILABLE'],
    },
  },
  {
    name: 'reports no error for a fetch whose fields are all skipped',
    query: `
      query ($on: Boolean!, $too: Boolean!) { ...F @include(if: $on) ... @include(if: $too) { climate { kind } } city { name } }
      fragment F on Query { climate { kind } }`,
    variables: { on: false, too: false },
    differs: { reason: 'the gateway reports it', errors: [] },
  },
]
