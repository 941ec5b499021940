import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'fields of another subgraph', query: `{ parcels { id cost } }` },
  { name: 'what is required is asked for too', query: `{ heaviest { weight cost zone } }` },
  {
    name: 'under other names',
    query: `{ heaviest { zone: id weight: zone fast: cost(express: true) cost } }`,
    differs: {
      reason: 'the planner sends what the client calls by the name of a required field in its place',
      data: `{"heaviest":{"zone":"p3","weight":"north","fast":140,"cost":70}}`,
      errors: [],
      requests: 'any',
    },
  },
  { name: 'two steps, with an argument', query: `{ parcels { premium } }` },
  {
    name: 'an argument from a variable',
    query: `query ($fast: Boolean) { parcels { cost(express: $fast) } }`,
    variables: { fast: true },
  },
]
