import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'fetches the overridden field from its new subgraph', query: `{ account { balance owner } }` },
  { name: 'fetches the overridden field alone', query: `{ account { balance } }` },
]
