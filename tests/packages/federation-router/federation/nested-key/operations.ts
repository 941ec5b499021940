import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'uses a key with two levels', query: `{ seats { price } }` },
  { name: 'selects parts of the key', query: `{ seats { hall { house { code } } price row } }` },
  {
    name: 'selects parts of the key under aliases',
    query: `{ seats { place: hall { number: id building: house { letter: code } } price } }`,
  },
]
