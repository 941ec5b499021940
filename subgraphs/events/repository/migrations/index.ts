import type { Migration } from '../../../../packages/subgraph-kit/migrations'
import { normalizeTags } from './0030-normalize-tags'

/** The migrations of the database, in their order. */
export const migrations: readonly Migration[] = [normalizeTags]
