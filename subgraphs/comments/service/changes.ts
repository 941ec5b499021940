import { accountNotFound, forbidden, mutationRejected } from '../../../packages/platform/errors'
import { requireId } from '../../../packages/platform/ids/ids'
import { InputValidator } from '../../../packages/subgraph-kit/input/inputValidator'
import { logModeration } from '../../../packages/auth/securityLog'
import { requireExistingAccount, requireRole } from '../../../packages/auth/viewer'
import { redactFor, bodyLimits, canDelete, canUpdate, type Comment } from '../domain/comment'
import type { ConditionalCommentChange, CommentRecord } from '../repository'
import type { CommentsServiceDependencies } from './dependencies'
import { findVisibleComment } from './visibility'

/** What becomes of a comment once it is written. All of it is refused to an account that is gone. */
export function createChangeUseCases(dependencies: CommentsServiceDependencies) {
  const { viewer, repository, loaders, deletedUsers, logSecurity, now } = dependencies

  /** @throws UNAUTHENTICATED; FORBIDDEN for members */
  async function requireModerator(): Promise<void> {
    requireRole(viewer, 'MODERATOR')
    await requireExistingAccount(viewer, deletedUsers.isDeleted)
  }

  /** The comment as it is stored. @throws BAD_USER_INPUT; Refused with NOT_FOUND where none shows to the viewer */
  async function requireComment(id: string): Promise<CommentRecord> {
    const comment = await findVisibleComment(dependencies, requireId('Comment', id, ['input', 'commentId']))
    if (!comment) throw notFound()
    return comment
  }

  /** @throws Refused with CONFLICT when the comment is deleted, unless that is what was asked for */
  async function change(
    wanted: Omit<ConditionalCommentChange, 'now'> & { comment: CommentRecord },
  ): Promise<Comment> {
    const { comment, changes, requiredAuthorId } = wanted
    const changed = await repository.change({ ...wanted, now: now() })
    loaders.forget()
    if (changed)
      logModeration(logSecurity, viewer, {
        action: wanted.eventType,
        id: comment.id,
        ownerId: comment.authorId,
      })
    const found = changed ?? (await loaders.commentById.load(comment.id))
    if (!found) throw notFound()
    if (found.status === 'DELETED' && changes.status !== 'DELETED') {
      throw mutationRejected('CONFLICT', 'commentId', 'This comment is deleted.')
    }
    // Nobody's any more: its author has gone meanwhile.
    if (!changed && requiredAuthorId !== undefined) throw accountNotFound()
    return redactFor(viewer, found)
  }

  return {
    /**
     * For the author. The same text changes nothing.
     *
     * @throws UNAUTHENTICATED; Refused with CONFLICT for a deleted comment, or for the body's length
     */
    async edit({ commentId, body }: { commentId: string; body: string }): Promise<Comment> {
      const author = await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const comment = await requireComment(commentId)
      if (comment.status !== 'DELETED' && !canUpdate(viewer, comment)) throw forbidden()
      const check = new InputValidator()
      const text = check.readMarkdown('body', body, bodyLimits)
      check.throwIfInvalid()
      if (text === comment.body) return redactFor(viewer, comment)
      return change({
        comment,
        allowedStatuses: ['VISIBLE', 'HIDDEN'],
        requiredAuthorId: author.id,
        changes: { body: text, editedAt: now() },
        eventType: 'comment.edited',
      })
    },

    /**
     * For the author, moderators and administrators. What was said and who said it leave the database; the place
     * in the thread stays. Once deleted, nobody knows whose it was, so that anybody may repeat it to no effect.
     */
    async delete(commentId: string): Promise<Comment> {
      await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const comment = await requireComment(commentId)
      if (comment.status !== 'DELETED' && !canDelete(viewer, comment)) throw forbidden()
      return change({
        comment,
        allowedStatuses: ['VISIBLE', 'HIDDEN'],
        changes: { status: 'DELETED', body: null, authorId: null },
        eventType: 'comment.deleted',
      })
    },

    /** For moderators and administrators; hiding what is hidden changes nothing. */
    async hide(commentId: string): Promise<Comment> {
      await requireModerator()
      const comment = await requireComment(commentId)
      return change({
        comment,
        allowedStatuses: ['VISIBLE'],
        changes: { status: 'HIDDEN' },
        eventType: 'comment.hidden',
      })
    },

    /** For moderators and administrators; showing what is not hidden changes nothing. */
    async unhide(commentId: string): Promise<Comment> {
      await requireModerator()
      const comment = await requireComment(commentId)
      return change({
        comment,
        allowedStatuses: ['HIDDEN'],
        changes: { status: 'VISIBLE' },
        eventType: 'comment.unhidden',
      })
    },
  }
}

const notFound = () => mutationRejected('NOT_FOUND', 'commentId', 'There is no such comment.')
