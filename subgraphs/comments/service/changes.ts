import { accountGone, forbidden, refused } from '../../shared/errors'
import { requireId } from '../../shared/ids'
import { InputCheck } from '../../shared/inputCheck'
import { logModeration } from '../../shared/securityLog'
import { requirePresent, requireRole } from '../../shared/viewer'
import { asSeenBy, bodyLimits, canDelete, canUpdate, type Comment } from '../comment'
import type { CommentChange, CommentRecord } from '../repository'
import type { CommentsServiceDependencies } from './dependencies'
import { findComment } from './find'

/** What becomes of a comment once it is written. All of it is refused to an account that is gone. */
export function createChangeUseCases(dependencies: CommentsServiceDependencies) {
  const { viewer, repository, loaders, goneUsers, logSecurity, now } = dependencies

  /** @throws UNAUTHENTICATED; FORBIDDEN for members */
  async function requireModerator(): Promise<void> {
    requireRole(viewer, 'MODERATOR')
    await requirePresent(viewer, goneUsers.isGone)
  }

  /** The comment as it is stored. @throws BAD_USER_INPUT; Refused with NOT_FOUND where none shows to the viewer */
  async function requireComment(id: string): Promise<CommentRecord> {
    const comment = await findComment(dependencies, requireId('Comment', id, ['input', 'commentId']))
    if (!comment) throw notFound()
    return comment
  }

  /** @throws Refused with CONFLICT when the comment is deleted, unless that is what was asked for */
  async function change(wanted: Omit<CommentChange, 'now'> & { comment: CommentRecord }): Promise<Comment> {
    const { comment, to, authorId } = wanted
    const changed = await repository.change({ ...wanted, now: now() })
    loaders.forget()
    if (changed)
      logModeration(logSecurity, viewer, { action: wanted.type, id: comment.id, ownerId: comment.authorId })
    const found = changed ?? (await loaders.commentById.load(comment.id))
    if (!found) throw notFound()
    if (found.status === 'DELETED' && to.status !== 'DELETED') {
      throw refused('CONFLICT', 'commentId', 'This comment is deleted.')
    }
    // Nobody's any more: its author has gone meanwhile.
    if (!changed && authorId !== undefined) throw accountGone()
    return asSeenBy(viewer, found)
  }

  return {
    /**
     * For the author. The same text changes nothing.
     *
     * @throws UNAUTHENTICATED; Refused with CONFLICT for a deleted comment, or for the body's length
     */
    async edit({ commentId, body }: { commentId: string; body: string }): Promise<Comment> {
      const author = await requirePresent(viewer, goneUsers.isGone)
      const comment = await requireComment(commentId)
      if (comment.status !== 'DELETED' && !canUpdate(viewer, comment)) throw forbidden()
      const check = new InputCheck()
      const text = check.markdown('body', body, bodyLimits)
      check.done()
      if (text === comment.body) return asSeenBy(viewer, comment)
      return change({
        comment,
        statuses: ['VISIBLE', 'HIDDEN'],
        authorId: author.id,
        to: { body: text, editedAt: now() },
        type: 'comment.edited',
      })
    },

    /**
     * For the author, moderators and administrators. What was said and who said it leave the database; the place
     * in the thread stays. Once deleted, nobody knows whose it was, so that anybody may repeat it to no effect.
     */
    async delete(commentId: string): Promise<Comment> {
      await requirePresent(viewer, goneUsers.isGone)
      const comment = await requireComment(commentId)
      if (comment.status !== 'DELETED' && !canDelete(viewer, comment)) throw forbidden()
      return change({
        comment,
        statuses: ['VISIBLE', 'HIDDEN'],
        to: { status: 'DELETED', body: null, authorId: null },
        type: 'comment.deleted',
      })
    },

    /** For moderators and administrators; hiding what is hidden changes nothing. */
    async hide(commentId: string): Promise<Comment> {
      await requireModerator()
      const comment = await requireComment(commentId)
      return change({ comment, statuses: ['VISIBLE'], to: { status: 'HIDDEN' }, type: 'comment.hidden' })
    },

    /** For moderators and administrators; showing what is not hidden changes nothing. */
    async unhide(commentId: string): Promise<Comment> {
      await requireModerator()
      const comment = await requireComment(commentId)
      return change({ comment, statuses: ['HIDDEN'], to: { status: 'VISIBLE' }, type: 'comment.unhidden' })
    },
  }
}

const notFound = () => refused('NOT_FOUND', 'commentId', 'There is no such comment.')
