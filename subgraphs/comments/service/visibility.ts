import { DomainError } from '../../../packages/platform'
import { isSelf } from '../../../packages/auth'
import type { CommentRecord } from '../domain/comment'
import type { CommentsServiceDependencies } from './dependencies'

/**
 * Returns a comment if it exists and is visible to the viewer. A comment on a draft or a deleted post is visible to those who
 * can see the post; on a draft also to its author.
 *
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function findVisibleComment(
  dependencies: CommentsServiceDependencies,
  id: string,
): Promise<CommentRecord | null> {
  const { viewer, loaders } = dependencies
  const comment = await loaders.commentById.load(id)
  if (!comment?.underDraft) return comment
  const { phase } = await loaders.postVisibilityById.load(comment.postId)
  if (phase === 'deleted') return null
  if (isSelf(viewer, comment.authorId)) return comment
  const postStatus = await loaders.loadPostStatus(comment.postId)
  await recordPublishedPosts(dependencies, [comment.postId])
  return postStatus === null ? null : comment
}

/** Records which of these posts have been published. @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT */
export async function recordPublishedPosts(
  { loaders, repository }: CommentsServiceDependencies,
  postIds: readonly string[],
): Promise<void> {
  const statuses = await Promise.all(postIds.map((id) => loaders.loadPostStatus(id)))
  await repository.markPostsPublished(postIds.filter((_, index) => statuses[index] === 'PUBLISHED'))
}

/** Returns null for a domain error, as a fallback while another subgraph is unavailable; rethrows other errors. */
export function nullOnDomainError(error: unknown): null {
  if (!(error instanceof DomainError)) throw error
  return null
}
