import type { Migration } from '../../../../packages/subgraph-kit/migrations'
import { addOwnHandles } from './0030-add-own-handles'
import { unifyEmailKeys } from './0031-unify-email-keys'
import { addSearchTokens } from './0032-add-search-tokens'

/** The migrations of the database, in their order. */
export const migrations: readonly Migration[] = [addOwnHandles, unifyEmailKeys, addSearchTokens]
