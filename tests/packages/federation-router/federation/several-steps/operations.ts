import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'there', query: `{ me { home { clubs { motto } } } }` },
  { name: 'and back', query: `{ me { home { clubs { members { name home { title } } } } } }` },
  {
    name: 'in two ways at once',
    query: `{ me { home { mayor { name clubs { id } } title } clubs { members { name } } } }`,
  },
  {
    name: 'where ways end early',
    query: `{ people { name home { title mayor { home { title } } clubs { members { clubs { motto } } } } } }`,
  },
]
