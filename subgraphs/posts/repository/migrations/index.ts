import type { Migration } from '../../../../packages/subgraph-kit/migrations'
import { addCommentActivity } from './0001-add-comment-activity'
import { normalizeTags } from './0030-normalize-tags'
import { indexSearchTokens } from './0050-index-search-tokens'
import { keepDeletedPostsReadable } from './0060-keep-deleted-posts-readable'

/** The migrations of the database, in their order. */
export const migrations: readonly Migration[] = [
  addCommentActivity,
  normalizeTags,
  indexSearchTokens,
  keepDeletedPostsReadable,
]
