import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'uses defaults of arguments', query: `{ list thing(id: 1) { args } }` },
  {
    name: 'uses the default of an omitted variable',
    query: `query ($n: Float = 2.5, $flag: Boolean) { list(flag: $flag) thing(id: 1) { args(number: $n) } }`,
  },
  {
    name: 'distinguishes null from an omitted variable',
    query: `query ($n: Float = 2.5, $flag: Boolean) { list(flag: $flag) thing(id: 1) { args(number: $n) } }`,
    variables: { n: null, flag: null },
  },
  {
    name: 'passes objects and lists',
    query: `query ($page: Page, $ids: [ID], $m: [[Int]]) { list(page: $page) thing(id: 2) { args(page: $page, ids: $ids, matrix: $m) } }`,
    variables: {
      page: { tags: ['x', '"y"\n'], inner: { first: 1, order: 'DOWN' } },
      ids: [1, null, 'z'],
      m: [[1], null, []],
    },
  },
  {
    name: 'passes a single value for a list',
    query: `query ($ids: [ID], $m: [[Int]]) { thing(id: 1) { args(ids: $ids, matrix: $m) } }`,
    variables: { ids: 'one', m: 3 },
  },
  {
    name: 'passes a variable within a literal',
    query: `query ($n: Int!, $tag: String!, $id: ID!) { thing(id: $id) { args(page: { first: $n, tags: [$tag, "b"] }, ids: [$id]) } }`,
    variables: { n: 3, tag: 'a', id: 1 },
  },
  {
    name: 'passes a custom scalar of any shape',
    query: `query ($any: Json) { list(any: $any) thing(id: 1) { args(any: $any, text: """block "text" """) } }`,
    variables: { any: { a: [1, { b: null }], __proto__x: 'é\u2028' } },
  },
  {
    name: 'omits a variable that no subgraph needs',
    query: `query ($unused: Boolean = true, $id: ID = 1) { thing(id: 1) { id @include(if: $unused) args(ids: [$id]) } }`,
    variables: { unused: true, other: 'is not declared' },
  },
  {
    name: 'accepts a variable named representations',
    query: `query ($representations: String) { thing(id: 2) { args(text: $representations) } }`,
    variables: { representations: 'x' },
    differs: {
      reason: 'the gateway rejects the operation',
      data: `{"thing":{"args":"{\\"number\\":1.5,\\"text\\":\\"x\\"}"}}`,
      errors: [],
      requests: 'any',
    },
  },
  {
    name: 'passes a variable that only the second fetch uses',
    query: `query ($later: String) { thing(id: 2) { args(text: $later) } }`,
    variables: { later: 'later' },
  },
]
