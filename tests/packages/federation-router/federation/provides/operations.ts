import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'no second request where it is provided', query: `{ latest { text by { name } } }` },
  { name: 'one where it is not', query: `{ latest { about { name } } }` },
  { name: 'one for what else is asked', query: `{ latest { by { name born } about { id } } }` },
]
