import { hasRole, isSelf, type Viewer } from '../../../packages/auth'
import { dayMs } from '../../../packages/platform'

/** Who has deleted a post: its author, or a moderator or administrator. */
export type RemovedBy = 'AUTHOR' | 'MODERATOR'

/** The fields of a post that its deletion sets; both are null before. */
export interface DeletionState {
  /** Set while the post is deleted and not removed permanently. */
  deletedAt: Date | null
  removedBy: RemovedBy | null
}

/** A deletion of a post, as its domain event describes it. */
export interface PostDeletion {
  removedBy: RemovedBy
  authorId: string | null
  /** Only with removedBy MODERATOR. */
  moderatorId?: string
  /** A text of the moderator. */
  reason?: string
}

/** The length of a moderator's reason in code points. */
export const reasonLimits = { max: 500 }

/** How long a deleted post can be restored. */
const restorableMs = 30 * dayMs

/** How long moderators can read a deleted post that was published. */
const readableMs = 90 * dayMs

/** How long content of a deleted account stays traceable. */
const traceableMs = 90 * dayMs

const addMs = (at: Date, ms: number): Date => new Date(at.getTime() + ms)

/** Returns when a post that is deleted now is removed permanently. @param status the one before the deletion */
export const getPurgeTime = (status: 'DRAFT' | 'PUBLISHED', now: Date): Date =>
  addMs(now, status === 'PUBLISHED' ? readableMs : restorableMs)

/** Returns until when content of an account that is deleted now stays traceable. */
export const getTraceableUntil = (now: Date): Date => addMs(now, traceableMs)

/** Returns whether a deleted post can be restored at this time. */
export const isRestorable = ({ deletedAt }: DeletionState, now: Date): boolean =>
  deletedAt !== null && now < addMs(deletedAt, restorableMs)

interface DeletablePost extends DeletionState {
  authorId: string | null
  /** The one before the deletion. */
  status: 'DRAFT' | 'PUBLISHED'
}

/**
 * Returns whether the viewer may see a deleted post: moderators and administrators unless it is a draft, and its author while it
 * can be restored. The sweeper removes it a little after its time.
 */
export function canSeeDeleted(viewer: Viewer, post: DeletablePost, now: Date): boolean {
  const { authorId, status, deletedAt } = post
  if (deletedAt === null || now >= getPurgeTime(status, deletedAt)) return false
  if (status === 'PUBLISHED' && hasRole(viewer, 'MODERATOR')) return true
  return isSelf(viewer, authorId) && isRestorable(post, now)
}

/**
 * Returns whether the viewer may restore a deleted post: its author their own deletion, moderators and administrators that
 * of a moderator, unless the post is their own.
 */
export function canRestore(viewer: Viewer, { authorId, removedBy }: DeletablePost): boolean {
  const isOwn = isSelf(viewer, authorId)
  return removedBy === 'AUTHOR' ? isOwn : !isOwn && hasRole(viewer, 'MODERATOR')
}

/** Returns whether the viewer turns the author's deletion of a post into a removal, which the author cannot undo. */
export function canTakeOverDeletion(viewer: Viewer, { authorId, removedBy, status }: DeletablePost): boolean {
  return (
    removedBy === 'AUTHOR' &&
    status === 'PUBLISHED' &&
    !isSelf(viewer, authorId) &&
    hasRole(viewer, 'MODERATOR')
  )
}
