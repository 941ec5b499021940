import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'sends no second fetch for provided fields', query: `{ latest { text by { name } } }` },
  { name: 'sends a second fetch for fields that are not provided', query: `{ latest { about { name } } }` },
  { name: 'sends a second fetch for further fields', query: `{ latest { by { name born } about { id } } }` },
]
