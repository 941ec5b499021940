import { createLoader, createPageLoader, type PageKey } from '../../packages/subgraph-kit/loaders'
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

  /** The first pages of replies that the request reads, by their parent. */
  const replyPages = new Map<string, Promise<CommentRecord[] | undefined>>()

  /** Counts in the replies that the request reads anyway, where their page has all of them, and the others in the database. */
  async function countVisibleReplies(parentIds: readonly string[]): Promise<Map<string, number>> {
    const pages = await Promise.all(parentIds.map(async (id) => replyPages.get(id)))
    const unread = parentIds.filter((_, index) => pages[index] === undefined)
    const counts =
      unread.length > 0 ? await repository.countVisibleByParent(unread) : new Map<string, number>()
    parentIds.forEach((id, index) => {
      const replies = pages[index]
      if (replies) counts.set(id, replies.filter(({ status }) => status === 'VISIBLE').length)
    })
    return counts
  }

  const loaders = {
    commentById: createLoader<CommentRecord | null, null>(repository.findByIds, null),
    commentPageByPost: createPageLoader(repository.findPagesByPost),
    commentPageByParent: createPageLoader(repository.findPagesByParent),
    commentPageByAuthor: createPageLoader(repository.findPagesByAuthor),
    countsByPost: createLoader(repository.findCounts, { visible: 0, topLevel: 0 }),
    replyCountByParent: createLoader(repository.countRepliesByParent, 0),
    listedCountByAuthor: createLoader(repository.countListedByAuthor, 0),
    visibleCountByParent: createLoader(countVisibleReplies, 0),
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

  function loadReplies(key: PageKey): Promise<CommentRecord[]> {
    const replies = loaders.commentPageByParent.load(key)
    const { limit, from } = key.page
    if (from === null)
      replyPages.set(
        key.id,
        replies.then(
          (rows) => (rows.length <= limit ? rows : undefined),
          () => undefined,
        ),
      )
    return replies
  }

  return {
    ...loaders,
    /** Loads a page of the replies to a comment; their visible ones then need not be counted in the database. */
    loadReplies,
    /**
     * Returns the status of a post; null when it does not exist or is not visible to the viewer. Queries the posts subgraph
     * only when the projection cannot decide.
     *
     * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
     */
    loadPostStatus,
    /** Clears all loaders after a write, so that later mutations of the same request read current data. */
    clearAll: () => {
      replyPages.clear()
      Object.values(loaders).forEach((loader) => loader.clearAll())
    },
  }
}
