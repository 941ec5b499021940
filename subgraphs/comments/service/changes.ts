import { accountNotFound, forbidden, mutationRejected } from '../../../packages/platform'
import { requireId } from '../../../schema/ids'
import { InputValidator } from '../../../packages/subgraph-kit/input'
import {
  isSelf,
  logModeration,
  requireExistingAccount,
  requireRole,
  type SignedInViewer,
} from '../../../packages/auth'
import {
  bodyLimits,
  canDelete,
  canUnhide,
  canUpdate,
  reasonLimits,
  redactFor,
  type Comment,
  type CommentModeration,
  type CommentRecord,
} from '../domain/comment'
import type { ConditionalCommentChange } from '../repository'
import type { CommentsServiceDependencies } from './dependencies'
import { findVisibleComment } from './visibility'

interface ModerationInput {
  commentId: string
  /** A text of a moderator. */
  reason?: string | null
}

/** Creates the use cases that change comments. All throw UNAUTHENTICATED unless the viewer has an account. */
export function createChangeUseCases(dependencies: CommentsServiceDependencies) {
  const { viewer, repository, loaders, isUserDeleted, logSecurity, now } = dependencies

  /** @throws UNAUTHENTICATED, FORBIDDEN */
  async function requireModerator(): Promise<SignedInViewer> {
    requireRole(viewer, 'MODERATOR')
    return requireExistingAccount(viewer, isUserDeleted)
  }

  /** Returns the moderator and the reason of a moderation. @throws MutationRejectedError */
  function readModeration({ id }: SignedInViewer, reason: string | null | undefined): CommentModeration {
    const validator = new InputValidator()
    const text = validator.readOptionalText('reason', reason, reasonLimits)
    validator.throwIfInvalid()
    return { moderatorId: id, ...(text !== null && { reason: text }) }
  }

  /** Returns the comment without redaction. @throws BAD_USER_INPUT; MutationRejectedError with NOT_FOUND */
  async function requireComment(id: string): Promise<CommentRecord> {
    const comment = await findVisibleComment(dependencies, requireId('Comment', id, ['input', 'commentId']))
    if (!comment) throw commentNotFound()
    return comment
  }

  /**
   * Changes a comment. Idempotent: a comment that is in the requested state already is returned as it is.
   *
   * @throws MutationRejectedError with NOT_FOUND, or with CONFLICT for a change of a deleted comment
   */
  async function changeComment(
    change: Omit<ConditionalCommentChange, 'now'> & { comment: CommentRecord },
  ): Promise<Comment> {
    const { comment, changes, requiredAuthorId, eventType, moderation } = change
    const updated = await repository.update({ ...change, now: now() })
    loaders.clearAll()
    if (updated) {
      logModeration(logSecurity, viewer, {
        action: eventType,
        id: comment.id,
        ownerId: comment.authorId,
        reason: moderation?.reason ?? null,
      })
    }
    const current = updated ?? (await loaders.commentById.load(comment.id))
    if (!current) throw commentNotFound()
    if (current.status === 'DELETED' && changes.status !== 'DELETED') {
      throw mutationRejected('CONFLICT', 'commentId', 'This comment is deleted.')
    }
    if (!updated && requiredAuthorId !== undefined) {
      // The author was deleted concurrently, so that the comment has none any more.
      if (current.authorId !== requiredAuthorId) throw accountNotFound()
      // It was hidden when the change was refused; it may be visible again by now.
      throw commentHidden()
    }
    return redactFor(viewer, current)
  }

  return {
    /**
     * Changes the body of a visible comment, for its author. The same body changes nothing.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError
     */
    async editComment({ commentId, body }: { commentId: string; body: string }): Promise<Comment> {
      const author = await requireExistingAccount(viewer, isUserDeleted)
      const comment = await requireComment(commentId)
      if (comment.status !== 'DELETED' && !canUpdate(viewer, comment))
        throw isSelf(viewer, comment.authorId) ? commentHidden() : forbidden()
      const validator = new InputValidator()
      const text = validator.readMarkdown('body', body, bodyLimits)
      validator.throwIfInvalid()
      if (comment.status !== 'DELETED' && text === comment.body) return redactFor(viewer, comment)
      return changeComment({
        comment,
        allowedStatuses: ['VISIBLE'],
        requiredAuthorId: author.id,
        changes: { body: text, editedAt: now() },
        eventType: 'comment.edited',
      })
    },

    /**
     * Deletes a comment, for its author, moderators and administrators. The body and author leave the database 90 days later;
     * the rest stays, so that the thread keeps its shape. Idempotent for every account.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError
     */
    async deleteComment({ commentId, reason }: ModerationInput): Promise<Comment> {
      const account = await requireExistingAccount(viewer, isUserDeleted)
      const comment = await requireComment(commentId)
      if (comment.status !== 'DELETED' && !canDelete(viewer, comment)) throw forbidden()
      const moderation = readModeration(account, reason)
      const removedBy = isSelf(viewer, comment.authorId) ? 'AUTHOR' : 'MODERATOR'
      return changeComment({
        comment,
        allowedStatuses: ['VISIBLE', 'HIDDEN'],
        changes: { status: 'DELETED', removedBy },
        eventType: 'comment.deleted',
        moderation: removedBy === 'AUTHOR' ? { removedBy } : { ...moderation, removedBy },
      })
    },

    /** Hides a comment, for moderators and administrators. Idempotent. */
    async hideComment({ commentId, reason }: ModerationInput): Promise<Comment> {
      const moderation = readModeration(await requireModerator(), reason)
      const comment = await requireComment(commentId)
      return changeComment({
        comment,
        allowedStatuses: ['VISIBLE'],
        changes: { status: 'HIDDEN' },
        eventType: 'comment.hidden',
        moderation,
      })
    },

    /** Shows a hidden comment of another user again, for moderators and administrators. Idempotent. */
    async unhideComment(commentId: string): Promise<Comment> {
      const moderation = readModeration(await requireModerator(), null)
      const comment = await requireComment(commentId)
      if (!canUnhide(viewer, comment)) throw forbidden()
      return changeComment({
        comment,
        allowedStatuses: ['HIDDEN'],
        changes: { status: 'VISIBLE' },
        eventType: 'comment.unhidden',
        moderation,
      })
    },
  }
}

const commentHidden = () =>
  mutationRejected('CONFLICT', 'commentId', 'A moderator has hidden this comment. It cannot be edited.')
const commentNotFound = () => mutationRejected('NOT_FOUND', 'commentId', 'There is no such comment.')
