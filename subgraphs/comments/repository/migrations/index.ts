import type { Migration } from '../../../../packages/subgraph-kit/migrations'
import { dropStatusIndex } from './0001-drop-status-index'
import { markUncountedComments } from './0002-mark-uncounted-comments'

/** The migrations of the database, in their order. */
export const migrations: readonly Migration[] = [dropStatusIndex, markUncountedComments]
