import type { CaseOperation } from '../../../../support/federation/federationCase'

const withoutPath = 'the gateway reports a failed fetch without a path'

const isSent = 'the gateway sends the fetch'

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
    name: 'sends no fetch of root fields that are excluded by different conditions',
    query: `
      query ($on: Boolean!, $too: Boolean!) { ...F @include(if: $on) ... @include(if: $too) { climate { kind } } city { name } }
      fragment F on Query { climate { kind } }`,
    variables: { on: false, too: false },
    differs: { reason: isSent, errors: [], requests: ['{ city { name } }'] },
  },
  {
    name: 'sends no fetch of which only __typename is included',
    query: `query ($on: Boolean!) { city { rain @include(if: $on) __typename name } }`,
    variables: { on: false },
    differs: { reason: isSent, errors: [], requests: ['{ city { __typename id name } }'] },
  },
  {
    name: 'sends no fetch whose fields are excluded by different conditions',
    query: `query ($on: Boolean!, $too: Boolean!) {
      city { name rain @include(if: $on) ... @skip(if: $too) { climate { kind } } }
    }`,
    variables: { on: false, too: true },
    differs: {
      reason: isSent,
      errors: [],
      requests: [
        'query ($too: Boolean!) { city { __typename id name ... @skip(if: $too) { __typename id } } }',
      ],
    },
  },
  {
    name: 'sends no fetch whose fields are excluded in a mutation',
    query: `mutation ($on: Boolean!) { found { rain @include(if: $on) __typename name } }`,
    variables: { on: false },
    differs: { reason: isSent, errors: [], requests: ['mutation { found { __typename id name } }'] },
  },
  {
    name: 'reports no error for a fetch of fields that another type condition selects',
    query: `{ spots { ... on Port { city { rain } } ... on Park { city { __typename id name } } } }`,
    differs: { reason: 'the gateway reports it', errors: [] },
  },
  {
    name: 'reports no error for a fetch whose fields are excluded for the types of its entities',
    query: `query ($on: Boolean!) {
      places { ... on City { rain @include(if: $on) __typename name } ... on Region { rain } }
    }`,
    variables: { on: false },
    differs: { reason: 'the gateway reports it', errors: [] },
  },
]
