import type { Migration } from '../../../../packages/subgraph-kit/migrations'
import { normalizeTags } from './0030-normalize-tags'
import { indexSearchTokens } from './0050-index-search-tokens'
import { replaceOverAtIndex } from './0070-replace-over-at-index'

/** The migrations of the database, in their order. */
export const migrations: readonly Migration[] = [normalizeTags, indexSearchTokens, replaceOverAtIndex]
