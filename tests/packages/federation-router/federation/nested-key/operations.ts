import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'a key two levels deep', query: `{ seats { price } }` },
  { name: 'parts of the key are asked for', query: `{ seats { hall { house { code } } price row } }` },
  {
    name: 'parts of the key under other names',
    query: `{ seats { place: hall { number: id building: house { letter: code } } price } }`,
  },
]
