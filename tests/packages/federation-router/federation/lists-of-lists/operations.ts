import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'of numbers', query: `{ numbers }` },
  { name: 'of entities', query: `{ rows { at piece { name } } }` },
  { name: 'below one another', query: `{ deep { rows { cells { piece { name } } } } }` },
  { name: 'out of one entity into others', query: `{ rows { moves { at moves { piece { name } } } } }` },
]
