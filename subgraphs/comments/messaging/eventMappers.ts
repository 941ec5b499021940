import type { EventMapper } from '../../../packages/subgraph-kit'
import type { Comment } from '../domain/comment'
import type { CommentsService } from '../service'

/** The payload of `commentAdded` and `commentUpdated`. */
export interface CommentPayload {
  comment: Comment
}

/** Maps the events of comments on one post to the comments as they are now, redacted for the subscriber. */
function createCommentMapper(
  postId: string,
  types: readonly string[],
): EventMapper<{ service: Pick<CommentsService, 'commentForSubscriber'> }> {
  return ({ type, entity, data }) => {
    if (!types.includes(type) || data['postId'] !== postId) return undefined
    return async ({ service }): Promise<CommentPayload | null> => {
      const comment = await service.commentForSubscriber(entity)
      return comment && { comment }
    }
  }
}

/** Creates the event mapper of `commentAdded`. */
export const createAddedCommentMapper = (postId: string) => createCommentMapper(postId, ['comment.added'])

/** Creates the event mapper of `commentUpdated`. */
export const createUpdatedCommentMapper = (postId: string) =>
  createCommentMapper(postId, ['comment.edited', 'comment.deleted', 'comment.hidden', 'comment.unhidden'])
