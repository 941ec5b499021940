import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'the field moved, the others stay', query: `{ account { balance owner } }` },
  { name: 'the field that moved alone', query: `{ account { balance } }` },
]
