import { isSuspended } from '../../../packages/auth'
import { requireId } from '../../../schema/ids'
import { redactFor, canDelete, canUpdate, type Comment, type CommentActivity } from '../domain/comment'
import { createAddCommentUseCase } from './addComment'
import { createChangeUseCases } from './changes'
import type { CommentsServiceDependencies } from './dependencies'
import { createListUseCases } from './lists'
import { findVisibleComment, nullOnDomainError } from './visibility'

export type CommentsService = ReturnType<typeof createCommentsService>

/**
 * Creates the use cases of comments for one viewer. All returned comments are redacted for this viewer.
 *
 * The visibility of a comment follows that of its post. A comment written under a draft becomes public when the
 * publication of the post is recorded.
 */
export function createCommentsService(dependencies: CommentsServiceDependencies) {
  const { viewer, repository, now } = dependencies

  async function comment(id: string): Promise<Comment | null> {
    const found = await findVisibleComment(dependencies, id)
    return found && redactFor(viewer, found)
  }

  return {
    /** Returns a comment if it exists and is visible to the viewer. @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT */
    comment,

    /** Returns a comment as {@link comment} does; null also while the visibility of its post cannot be determined. */
    commentForSubscriber: (id: string): Promise<Comment | null> => comment(id).catch(nullOnDomainError),

    /** Returns the comment activity of each post, also of posts without comments. */
    async commentActivity(postIds: readonly string[]): Promise<CommentActivity[]> {
      await repository.countMarked(postIds)
      return repository.findActivity(postIds)
    },

    /** Returns the key of the deleted account that wrote a comment; null without one. @throws BAD_USER_INPUT */
    commentContentKey: async (id: string): Promise<string | null> =>
      repository.findContentKey(requireId('Comment', id, ['id'])),

    canUpdate: (comment: Comment): boolean => !isSuspended(viewer, now()) && canUpdate(viewer, comment),
    canDelete: (comment: Comment): boolean => !isSuspended(viewer, now()) && canDelete(viewer, comment),

    ...createListUseCases(dependencies),
    ...createAddCommentUseCase(dependencies),
    ...createChangeUseCases(dependencies),
  }
}
