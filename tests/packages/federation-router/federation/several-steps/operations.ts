import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'follows references', query: `{ me { home { clubs { motto } } } }` },
  { name: 'follows references back', query: `{ me { home { clubs { members { name home { title } } } } } }` },
  {
    name: 'follows two references of one object',
    query: `{ me { home { mayor { name clubs { id } } title } clubs { members { name } } } }`,
  },
  {
    name: 'stops at null references',
    query: `{ people { name home { title mayor { home { title } } clubs { members { clubs { motto } } } } } }`,
  },
]
