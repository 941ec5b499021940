import type { Migration } from '../../../../packages/subgraph-kit/migrations'

/** The migrations of the database, in their order. */
export const migrations: readonly Migration[] = []
