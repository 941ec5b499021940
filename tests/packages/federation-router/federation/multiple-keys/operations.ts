import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'reaches a second key through the first', query: `{ byIsbn(isbn: "978-1") { title sold } }` },
  { name: 'reaches the first key through the second', query: `{ bestseller { title sold } }` },
  {
    name: 'returns null for an item whose second key is unknown',
    query: `{ editions { isbn number sold title } }`,
  },
]
