import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'the key alone', query: `{ shelf { id } }` },
  { name: 'one entity', query: `{ first { id title pages } }` },
  { name: 'a list with one entity twice', query: `{ shelf { title id } }` },
  { name: 'a field without the key', query: `{ shelf { pages } }` },
  { name: 'no entity at all', query: `{ none { title } first { title } }` },
]
