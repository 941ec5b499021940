import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'returns lists of lists of numbers', query: `{ numbers }` },
  { name: 'completes lists of lists of entities', query: `{ rows { at piece { name } } }` },
  { name: 'completes nested lists of lists', query: `{ deep { rows { cells { piece { name } } } } }` },
  {
    name: 'completes lists of lists of other entities below an entity',
    query: `{ rows { moves { at moves { piece { name } } } } }`,
  },
]
