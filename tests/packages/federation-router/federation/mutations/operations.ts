import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  {
    name: 'one after the other, in the order of the operation',
    query: `mutation { put(item: "1") { id } pay(cart: "c-1") { number } clear { size } }`,
  },
  {
    name: 'what each leads to comes before the next',
    query: `mutation { a: put(item: "1") { due size } b: pay(cart: "c-2") { cart { size: due } } c: put(item: "2") { due } }`,
  },
  {
    name: 'neighbours of one subgraph are one request',
    query: `mutation ($n: Int = 3) { a: put(item: "1", count: $n) { size } clear { size } pay(cart: "c-1") { number } }`,
  },
  { name: 'a failure does not stop the next', query: `mutation { fail put(item: "1") { size } }` },
  {
    name: 'a failure of a field that may not be null stops the next',
    query: `mutation { must put(item: "1") { size } }`,
    differs: {
      reason: 'the gateway goes on, although the response cannot tell of what follows',
      requests: [`mutation { must }`],
    },
  },
  {
    name: 'an entity without its field takes the nearest nullable field along',
    query: `mutation { put(item: "9") { id due } clear { id } }`,
  },
  {
    name: 'what a constant skips does not happen, in a fragment with a condition',
    query: `mutation ($on: Boolean!) {
      ... @include(if: $on) { put(item: "1") { id } clear @include(if: false) { id } ... @skip(if: true) { clear { size } } }
    }`,
    variables: { on: true },
    differs: {
      reason:
        'the planner takes conditions on constants for fulfilled where it tests a variable for the whole request',
      requests: [`mutation { ... { put(item: 1) { id } } }`],
    },
  },
]
