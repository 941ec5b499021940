import { createGroupedLoader, createLoader } from '../../packages/subgraph-kit/loaders'
import type { Page } from '../../packages/subgraph-kit/graphql/pagination'
import type { PostVisibility } from './domain/postVisibility'
import type { CommentRecord, CommentRepository } from './repository'

export type CommentLoaders = ReturnType<typeof createCommentLoaders>

/** A page of one parent's list. */
export interface CommentPageKey {
  id: string
  page: Page
}

/** What can be told of posts. */
export interface PostVisibilitySource {
  /** By what is known here, whatever it is worth for the viewer. */
  resolveVisibilities: (ids: readonly string[]) => Promise<Map<string, PostVisibility>>
  /** By asking posts: the status of each of these that the viewer may see. */
  fetchStatuses: (ids: readonly string[]) => Promise<Map<string, string>>
}

/** What one request reads of comments, and of their posts. */
export function createCommentLoaders(repository: CommentRepository, posts: PostVisibilitySource) {
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
    postStandingById: createLoader<PostVisibility, PostVisibility>(posts.resolveVisibilities, {
      phase: 'unsure',
    }),
    askedPostStatusById: createLoader<string | null, null>(posts.fetchStatuses, null),
  }

  async function postStatus(id: string): Promise<string | null> {
    const standing = await loaders.postStandingById.load(id)
    switch (standing.phase) {
      case 'gone':
        return null
      case 'shows':
        return standing.status
      case 'unsure':
        return loaders.askedPostStatusById.load(id)
    }
  }

  return {
    ...loaders,
    /** Null for a post that does not show to the viewer. Posts is asked only where its word is needed. */
    postStatus,
    /** After a write: the mutations that follow in the same request read anew. */
    forget: () => Object.values(loaders).forEach((loader) => loader.clearAll()),
  }
}

/** Equal pages of different parents are read together; their cursors' scopes differ and do not matter for that. */
function createPageLoader(
  fetch: (ids: readonly string[], page: Page) => Promise<Map<string, CommentRecord[]>>,
) {
  return createGroupedLoader<CommentPageKey, CommentRecord[]>(
    ({ page: { limit, backward, from } }) => JSON.stringify([limit, backward, from]),
    (ids, { page }) => fetch(ids, page),
    () => [],
  )
}
