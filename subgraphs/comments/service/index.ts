import { redactFor, canDelete, canUpdate, type Comment, type CommentActivity } from '../domain/comment'
import { createAddCommentUseCase } from './addComment'
import { createChangeUseCases } from './changes'
import type { CommentsServiceDependencies } from './dependencies'
import { findVisibleComment, nullOnDomainError } from './visibility'
import { createListUseCases } from './lists'

export type CommentsService = ReturnType<typeof createCommentsService>

/**
 * The use cases of comments, for one viewer. Every comment that they return is as this viewer may see it.
 *
 * Whether a comment shows at all is its post's to say. What was written under a published post shows; what was
 * written under a draft shows to whom posts shows that draft, until it is seen to be published.
 */
export function createCommentsService(dependencies: CommentsServiceDependencies) {
  const { viewer, repository } = dependencies

  async function comment(id: string): Promise<Comment | null> {
    const found = await findVisibleComment(dependencies, id)
    return found && redactFor(viewer, found)
  }

  return {
    /** @returns null where there is none, or it stands under a draft that the viewer may not see */
    comment,

    /** The same for those who are told of it: null too while posts cannot say whether a draft shows to them. */
    commentToTell: (id: string): Promise<Comment | null> => comment(id).catch(nullOnDomainError),

    /** How much shows under each of these posts; every one of them has an entry. */
    activity: (postIds: readonly string[]): Promise<CommentActivity[]> => repository.activity(postIds),

    canUpdate: (comment: Comment): boolean => canUpdate(viewer, comment),
    canDelete: (comment: Comment): boolean => canDelete(viewer, comment),

    ...createListUseCases(dependencies),
    ...createAddCommentUseCase(dependencies),
    ...createChangeUseCases(dependencies),
  }
}
