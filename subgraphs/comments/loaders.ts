import { createGroupedLoader, createLoader } from '../shared/batch'
import type { Page } from '../shared/pagination'
import type { CommentRecord, CommentRepository } from './repository'

export type CommentLoaders = ReturnType<typeof createCommentLoaders>

/** A page of one parent's list. */
export interface PageKey {
  id: string
  page: Page
}

/**
 * What one request reads of comments.
 *
 * @param askPosts the status of each of these posts that the viewer may see
 */
export function createCommentLoaders(
  repository: CommentRepository,
  askPosts: (ids: readonly string[]) => Promise<Map<string, string>>,
) {
  const loaders = {
    commentById: createLoader<CommentRecord | null, null>(repository.commentsByIds, null),
    pageByPost: createPageLoader(repository.pagesByPost),
    pageByParent: createPageLoader(repository.pagesByParent),
    pageByAuthor: createPageLoader(repository.pagesByAuthor),
    topLevelCountByPost: createLoader(repository.countTopLevelByPost, 0),
    replyCountByParent: createLoader(repository.countRepliesByParent, 0),
    listedCountByAuthor: createLoader(repository.countListedByAuthor, 0),
    showingCountByPost: createLoader(repository.countShowingByPost, 0),
    showingCountByParent: createLoader(repository.countShowingByParent, 0),
    draftPostIdsByAuthor: createLoader<string[], never[]>(repository.draftPostIdsByAuthor, []),
    postStatusById: createLoader<string | null, null>(askPosts, null),
  }
  return {
    ...loaders,
    /** After a write: the mutations that follow in the same request read anew. */
    forget: () => Object.values(loaders).forEach((loader) => loader.clearAll()),
  }
}

/** Equal pages of different parents are read together; their cursors' scopes differ and do not matter for that. */
function createPageLoader(
  fetch: (ids: readonly string[], page: Page) => Promise<Map<string, CommentRecord[]>>,
) {
  return createGroupedLoader<PageKey, CommentRecord[]>(
    ({ page: { limit, backward, from } }) => JSON.stringify([limit, backward, from]),
    (ids, { page }) => fetch(ids, page),
    () => [],
  )
}
