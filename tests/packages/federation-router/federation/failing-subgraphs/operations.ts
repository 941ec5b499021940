import type { CaseOperation } from '../../../../support/federation/federationCase'

const pathless = 'the gateway gives the error of a request that failed no path'

export const operations: readonly CaseOperation[] = [
  {
    name: 'fields that may be null',
    query: `{ city { name rain climate { kind } } }`,
    differs: { reason: pathless, errors: ['city.rain SUBGRAPH_UNAVAILABLE'] },
  },
  {
    name: 'a field that may not be null',
    query: `{ city { name degrees } }`,
    differs: { reason: pathless, errors: ['city SUBGRAPH_UNAVAILABLE'] },
  },
  {
    name: 'one error for a list, at the shortest path',
    query: `{ cities { name degrees } }`,
    differs: { reason: pathless, errors: ['cities SUBGRAPH_UNAVAILABLE'] },
  },
  {
    name: 'at the root, beside another subgraph',
    query: `{ now: climate { kind } city { name } }`,
    differs: { reason: pathless, errors: ['now SUBGRAPH_UNAVAILABLE'] },
  },
  {
    name: 'one error for each request',
    query: `{ climate { kind } city { rain } }`,
    differs: { reason: pathless, errors: ['city.rain SUBGRAPH_UNAVAILABLE', 'climate SUBGRAPH_UNAVAILABLE'] },
  },
  {
    name: 'none for a request of which everything is skipped',
    query: `
      query ($on: Boolean!, $too: Boolean!) { ...F @include(if: $on) ... @include(if: $too) { climate { kind } } city { name } }
      fragment F on Query { climate { kind } }`,
    variables: { on: false, too: false },
    differs: { reason: 'the gateway reports it', errors: [] },
  },
]
