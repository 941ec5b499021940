import { getIntrospectionQuery, parse, print, visit } from 'graphql'

import type { CaseOperation } from '../../../../support/federation/federationCase'

/** Without directives: the stock gateway has no @defer. */
const introspectionQuery = print(
  visit(parse(getIntrospectionQuery()), {
    Field: ({ name }) => (name.value === 'directives' ? null : undefined),
  }),
)

export const operations: readonly CaseOperation[] = [
  { name: 'returns all types of the schema', query: introspectionQuery },
  {
    name: 'returns one type by a variable',
    query: `query ($name: String!, $old: Boolean = true) {
      __type(name: $name) { description fields(includeDeprecated: $old) { name args { defaultValue } deprecationReason } }
    }`,
    variables: { name: 'Dish' },
  },
  {
    name: 'resolves introspection beside data',
    query: `{ kind: __type(name: "Dish") { name fields { name } } dish(id: 1) { minutes name } __schema { queryType { name } } }`,
  },
  {
    name: 'returns null for a type that clients cannot access',
    query: `{ __type(name: "_Entity") { name } dish(id: 1) { name } }`,
  },
  {
    name: 'resolves introspection in a conditional fragment',
    query: `query ($on: Boolean!) { ...I @include(if: $on) dish(id: 1) { minutes } }
      fragment I on Query { __schema { queryType { description } } }`,
    variables: { on: true },
    differs: {
      reason: 'the planner ignores introspection in a conditional fragment',
      data: `{"__schema":{"queryType":{"description":"Things to ask."}},"dish":{"minutes":30}}`,
      requests: 'any',
    },
  },
]
