import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  {
    name: 'executes root fields in the order of the operation',
    query: `mutation { put(item: "1") { id } pay(cart: "c-1") { number } clear { size } }`,
  },
  {
    name: 'completes each root field before the next',
    query: `mutation { a: put(item: "1") { due size } b: pay(cart: "c-2") { cart { size: due } } c: put(item: "2") { due } }`,
  },
  {
    name: 'sends adjacent root fields of one subgraph together',
    query: `mutation ($n: Int = 3) { a: put(item: "1", count: $n) { size } clear { size } pay(cart: "c-1") { number } }`,
  },
  {
    name: 'continues after the failure of a nullable field',
    query: `mutation { fail put(item: "1") { size } }`,
  },
  {
    name: 'stops after the failure of a non-null field',
    query: `mutation { must put(item: "1") { size } }`,
    differs: {
      reason: 'the gateway continues, although the response cannot report the results',
      requests: [`mutation { must }`],
    },
  },
  {
    name: 'propagates the null of an entity to the nearest nullable field',
    query: `mutation { put(item: "9") { id due } clear { id } }`,
  },
  {
    name: 'does not execute a field that a constant skips in a conditional fragment',
    query: `mutation ($on: Boolean!) {
      ... @include(if: $on) { put(item: "1") { id } clear @include(if: false) { id } ... @skip(if: true) { clear { size } } }
    }`,
    variables: { on: true },
    differs: {
      reason:
        'the planner treats constant conditions as fulfilled where it tests a variable for the whole fetch',
      requests: [`mutation { ... { put(item: 1) { id } } }`],
    },
  },
]
