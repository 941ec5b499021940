import { getIntrospectionQuery } from 'graphql'

import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'the whole schema', query: getIntrospectionQuery() },
  {
    name: 'one type, by a variable',
    query: `query ($name: String!, $old: Boolean = true) {
      __type(name: $name) { description fields(includeDeprecated: $old) { name args { defaultValue } deprecationReason } }
    }`,
    variables: { name: 'Dish' },
  },
  {
    name: 'beside data',
    query: `{ kind: __type(name: "Dish") { name fields { name } } dish(id: 1) { minutes name } __schema { queryType { name } } }`,
  },
  {
    name: 'a type that clients do not know',
    query: `{ __type(name: "_Entity") { name } dish(id: 1) { name } }`,
  },
  {
    name: 'in a fragment, with a condition',
    query: `query ($on: Boolean!) { ...I @include(if: $on) dish(id: 1) { minutes } }
      fragment I on Query { __schema { queryType { description } } }`,
    variables: { on: true },
    differs: {
      reason: 'the planner does not find introspection below a condition',
      data: `{"__schema":{"queryType":{"description":"Things to ask."}},"dish":{"minutes":30}}`,
      requests: 'any',
    },
  },
]
