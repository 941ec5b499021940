import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'requires a field of another subgraph', query: `{ parcels { id cost } }` },
  { name: 'requires a field that the client also selects', query: `{ heaviest { weight cost zone } }` },
  {
    name: 'requires a field that the client selects under an alias',
    query: `{ heaviest { zone: id weight: zone fast: cost(express: true) cost } }`,
    differs: {
      reason: 'the planner sends an alias with the name of a required field instead of that field',
      data: `{"heaviest":{"zone":"p3","weight":"north","fast":140,"cost":70}}`,
      errors: [],
      requests: 'any',
    },
  },
  { name: 'requires a field of a second fetch, with an argument', query: `{ parcels { premium } }` },
  {
    name: 'passes an argument from a variable',
    query: `query ($fast: Boolean) { parcels { cost(express: $fast) } }`,
    variables: { fast: true },
  },
]
