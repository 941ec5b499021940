import { DomainError } from '../../../packages/platform/errors'
import { isSelf } from '../../../packages/auth/viewer'
import type { CommentRecord } from '../repository'
import type { CommentsServiceDependencies } from './dependencies'

/** The comment where there is one that shows to the viewer. What was written under a draft is posts' to say. */
export async function findVisibleComment(
  dependencies: CommentsServiceDependencies,
  id: string,
): Promise<CommentRecord | null> {
  const { viewer, loaders } = dependencies
  const comment = await loaders.commentById.load(id)
  if (!comment?.underDraft || isSelf(viewer, comment.authorId)) return comment
  const postStatus = await loaders.postStatus(comment.postId)
  await recordPublishedPosts(dependencies, [comment.postId])
  return postStatus === null ? null : comment
}

/** Sees which of these posts are published by now. @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT */
export async function recordPublishedPosts(
  { loaders, repository }: CommentsServiceDependencies,
  postIds: readonly string[],
): Promise<void> {
  const statuses = await Promise.all(postIds.map((id) => loaders.postStatus(id)))
  await repository.notePublished(postIds.filter((_, index) => statuses[index] === 'PUBLISHED'))
}

/** Where there is nothing to be had without another subgraph's word, there is nothing. */
export function nullOnDomainError(error: unknown): null {
  if (!(error instanceof DomainError)) throw error
  return null
}
