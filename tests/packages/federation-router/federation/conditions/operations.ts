import type { CaseOperation } from '../../../../support/federation/federationCase'

const both = (name: string, query: string): CaseOperation[] =>
  [true, false].map((on) => ({ name: `${name}: ${on}`, query, variables: { on } }))

export const operations: readonly CaseOperation[] = [
  ...both('a field is included', `query ($on: Boolean!) { film { title score @include(if: $on) } }`),
  ...both('a field is skipped', `query ($on: Boolean!) { film { score @skip(if: $on) id } }`),
  ...both(
    'a fragment is included',
    `query ($on: Boolean!) { films { ... @include(if: $on) { score title } id } }`,
  ),
  ...both('everything is skipped', `query ($on: Boolean!) { film @skip(if: $on) { score } }`),
  ...both(
    'both directives',
    `query ($on: Boolean!) { film { score @include(if: $on) @skip(if: $on) title } }`,
  ),
  ...both(
    'the same field with and without a condition',
    `query ($on: Boolean!) { film { quote(short: $on) score @include(if: $on) } film { score @skip(if: $on) } }`,
  ),
  ...both(
    'one condition within another',
    `query ($on: Boolean!, $off: Boolean = false) {
      films @include(if: $on) { ...F } film { id ... @skip(if: $off) { score @skip(if: $on) } }
    }
    fragment F on Film { title @skip(if: $off) quote @include(if: $on) }`,
  ),
  {
    name: 'constant conditions',
    query: `{ film { id @skip(if: true) title @include(if: true) score @include(if: false) } }`,
    differs: {
      reason: 'constant conditions are evaluated before planning',
      requests: [`{ film { title } }`],
    },
  },
  {
    name: 'a default of true',
    query: `query ($on: Boolean = true) { film { id score @include(if: $on) } }`,
  },
  {
    name: 'an overridden default',
    query: `query ($on: Boolean! = true) { film { id score @include(if: $on) } }`,
    variables: { on: false },
  },
]
