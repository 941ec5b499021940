import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'defaults of arguments', query: `{ list thing(id: 1) { args } }` },
  {
    name: 'a default of a variable, which is left out',
    query: `query ($n: Float = 2.5, $flag: Boolean) { list(flag: $flag) thing(id: 1) { args(number: $n) } }`,
  },
  {
    name: 'null is not the same as left out',
    query: `query ($n: Float = 2.5, $flag: Boolean) { list(flag: $flag) thing(id: 1) { args(number: $n) } }`,
    variables: { n: null, flag: null },
  },
  {
    name: 'objects and lists',
    query: `query ($page: Page, $ids: [ID], $m: [[Int]]) { list(page: $page) thing(id: 2) { args(page: $page, ids: $ids, matrix: $m) } }`,
    variables: {
      page: { tags: ['x', '"y"\n'], inner: { first: 1, order: 'DOWN' } },
      ids: [1, null, 'z'],
      m: [[1], null, []],
    },
  },
  {
    name: 'a single value for a list',
    query: `query ($ids: [ID], $m: [[Int]]) { thing(id: 1) { args(ids: $ids, matrix: $m) } }`,
    variables: { ids: 'one', m: 3 },
  },
  {
    name: 'a variable within a literal',
    query: `query ($n: Int!, $tag: String!, $id: ID!) { thing(id: $id) { args(page: { first: $n, tags: [$tag, "b"] }, ids: [$id]) } }`,
    variables: { n: 3, tag: 'a', id: 1 },
  },
  {
    name: 'a custom scalar of any shape',
    query: `query ($any: Json) { list(any: $any) thing(id: 1) { args(any: $any, text: """block "text" """) } }`,
    variables: { any: { a: [1, { b: null }], __proto__x: 'é\u2028' } },
  },
  {
    name: 'a variable that no subgraph needs',
    query: `query ($unused: Boolean = true, $id: ID = 1) { thing(id: 1) { id @include(if: $unused) args(ids: [$id]) } }`,
    variables: { unused: true, other: 'is not declared' },
  },
  {
    name: 'a variable of the name that the requests for entities use themselves',
    query: `query ($representations: String) { thing(id: 2) { args(text: $representations) } }`,
    variables: { representations: 'x' },
    differs: {
      reason: 'the gateway refuses to send such a request',
      data: `{"thing":{"args":"{\\"number\\":1.5,\\"text\\":\\"x\\"}"}}`,
      errors: [],
      requests: 'any',
    },
  },
  {
    name: 'a variable that only the second request uses',
    query: `query ($later: String) { thing(id: 2) { args(text: $later) } }`,
    variables: { later: 'later' },
  },
]
