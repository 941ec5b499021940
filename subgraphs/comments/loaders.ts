import { createLoader, createPageLoader } from '../../packages/subgraph-kit/loaders'
import type { Viewer } from '../../packages/auth'
import type { CommentRecord } from './domain/comment'
import { resolvePostVisibility, type PostVisibility, type ProjectedPost } from './domain/postVisibility'
import type { CommentRepository } from './repository'

export type CommentLoaders = ReturnType<typeof createCommentLoaders>

interface CommentLoadersOptions {
  viewer: Viewer
  repository: CommentRepository
  /** Returns the projected posts, by ID; null for deleted ones. */
  findProjectedPosts(ids: readonly string[]): Promise<ReadonlyMap<string, ProjectedPost | null>>
  /**
   * Fetches the status of each post that is visible to the viewer from the posts subgraph.
   *
   * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
   */
  fetchPostStatuses(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}

/** Creates the loaders of one request. */
export function createCommentLoaders(options: CommentLoadersOptions) {
  const { viewer, repository, findProjectedPosts, fetchPostStatuses } = options

  async function resolvePostVisibilities(ids: readonly string[]): Promise<Map<string, PostVisibility>> {
    const posts = await findProjectedPosts(ids)
    return new Map(ids.map((id) => [id, resolvePostVisibility(viewer, posts.get(id))]))
  }

  const loaders = {
    commentById: createLoader<CommentRecord | null, null>(repository.findByIds, null),
    commentPageByPost: createPageLoader(repository.findPagesByPost),
    commentPageByParent: createPageLoader(repository.findPagesByParent),
    commentPageByAuthor: createPageLoader(repository.findPagesByAuthor),
    countsByPost: createLoader(repository.findCounts, { visible: 0, topLevel: 0 }),
    replyCountByParent: createLoader(repository.countRepliesByParent, 0),
    listedCountByAuthor: createLoader(repository.countListedByAuthor, 0),
    visibleCountByParent: createLoader(repository.countVisibleByParent, 0),
    draftPostIdsByAuthor: createLoader<string[], never[]>(repository.findDraftPostIdsByAuthor, []),
    postVisibilityById: createLoader<PostVisibility, PostVisibility>(resolvePostVisibilities, {
      phase: 'unknown',
    }),
    fetchedPostStatusById: createLoader<string | null, null>(fetchPostStatuses, null),
  }

  async function loadPostStatus(id: string): Promise<string | null> {
    const visibility = await loaders.postVisibilityById.load(id)
    switch (visibility.phase) {
      case 'deleted':
        return null
      case 'visible':
        return visibility.status
      case 'unknown':
        return loaders.fetchedPostStatusById.load(id)
    }
  }

  return {
    ...loaders,
    /**
     * Returns the status of a post; null when it does not exist or is not visible to the viewer. Queries the posts subgraph
     * only when the projection cannot decide.
     *
     * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
     */
    loadPostStatus,
    /** Clears all loaders after a write, so that later mutations of the same request read current data. */
    clearAll: () => Object.values(loaders).forEach((loader) => loader.clearAll()),
  }
}
