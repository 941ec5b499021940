import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'selects the key alone', query: `{ shelf { id } }` },
  { name: 'selects one entity', query: `{ first { id title pages } }` },
  { name: 'selects a list that contains an entity twice', query: `{ shelf { title id } }` },
  { name: 'selects a field without the key', query: `{ shelf { pages } }` },
  { name: 'selects no entity', query: `{ none { title } first { title } }` },
]
