import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'a shared field is answered where one is', query: `{ place { name at { x } } other { name } }` },
  { name: 'a value type of which one subgraph knows more', query: `{ place { at { x label y } } }` },
  { name: 'at the root', query: `{ both { y x } }` },
  { name: 'at the root, of which one subgraph knows more', query: `{ both { label x } place { size } }` },
]
