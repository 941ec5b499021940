import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'one key leads to the other', query: `{ byIsbn(isbn: "978-1") { title sold } }` },
  { name: 'backwards', query: `{ bestseller { title sold } }` },
  { name: 'one of a list goes no further', query: `{ editions { isbn number sold title } }` },
]
