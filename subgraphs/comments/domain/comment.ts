import { hasRole, isSelf, type Viewer } from '../../../packages/auth'
import { dayMs } from '../../../packages/platform'

export type CommentStatus = 'VISIBLE' | 'DELETED' | 'HIDDEN'

/** Who has deleted a comment: its author, or a moderator or administrator. */
export type RemovedBy = 'AUTHOR' | 'MODERATOR'

export interface Comment {
  id: string
  postId: string
  parentId: string | null
  /** 0 for a top-level comment, at most 50. */
  depth: number
  /** Null when its author was deleted, and 90 days after its deletion. */
  authorId: string | null
  /** Markdown; null 90 days after its deletion. */
  body: string | null
  status: CommentStatus
  createdAt: Date
  editedAt: Date | null
}

/** A comment with the fields that only the database stores. */
export interface CommentRecord extends Comment {
  /** Whether the post was a draft or deleted when it was last known, so that only those who see the post see the comment. */
  underDraft: boolean
  /** Null unless deleted, and for comments that earlier versions deleted. */
  removedBy: RemovedBy | null
}

/** The fields of a comment that a deletion without a trace changes. Its place in the thread stays. */
export const erasedState = { status: 'DELETED', body: null, authorId: null } as const

/** A change of a comment by a moderator, as its domain event describes it. */
export interface CommentModeration {
  moderatorId?: string
  removedBy?: RemovedBy
  /** A text of the moderator. */
  reason?: string
}

/** How long moderators can read the text and author of a deleted comment, and trace content of a deleted account. */
const retentionMs = 90 * dayMs

/** Returns when the sweeper erases content that is retained from now on. */
export const getErasureTime = (now: Date): Date => new Date(now.getTime() + retentionMs)

/** The length of a moderator's reason in code points. */
export const reasonLimits = { max: 500 }

/** The visible comments of a post. */
export interface CommentActivity {
  postId: string
  count: number
  lastCommentedAt: Date | null
  /** Higher for newer counts of the same post. */
  version: number
  /** When the counts were read. */
  asOf: Date
}

/** The depth of comments that cannot be replied to. */
export const maxDepth = 50

/** The length of a body in code points. */
export const bodyLimits = { min: 1, max: 40_000 }

const ownsOrModerates = (viewer: Viewer, { authorId }: Comment): boolean =>
  isSelf(viewer, authorId) || hasRole(viewer, 'MODERATOR')

/**
 * Returns whether the viewer may read the body and author of a comment. Those of a deleted comment are retained for
 * moderators and administrators for 90 days.
 */
export function canRead(viewer: Viewer, comment: Comment): boolean {
  switch (comment.status) {
    case 'VISIBLE':
      return true
    case 'HIDDEN':
      return ownsOrModerates(viewer, comment)
    case 'DELETED':
      return hasRole(viewer, 'MODERATOR')
  }
}

/** Returns whether all viewers read the same of a comment: it is visible, or its text and author have left the database. */
export const isSameForAll = ({ status, body, authorId }: Comment): boolean =>
  status === 'VISIBLE' || (body === null && authorId === null)

/** Returns whether the viewer may reply to a comment. */
export function canReplyTo(viewer: Viewer, comment: Comment): boolean {
  return comment.status !== 'DELETED' && canRead(viewer, comment)
}

/**
 * Returns whether the viewer may edit a comment: only its author may, and not while it is hidden, so that moderators can read
 * the text that they have hidden.
 */
export function canUpdate(viewer: Viewer, comment: Comment): boolean {
  return comment.status === 'VISIBLE' && isSelf(viewer, comment.authorId)
}

/** Returns whether the viewer may delete a comment: its author, moderators and administrators may. */
export function canDelete(viewer: Viewer, comment: Comment): boolean {
  return comment.status !== 'DELETED' && ownsOrModerates(viewer, comment)
}

/** Returns whether the viewer may show a hidden comment again: moderators and administrators may, unless it is their own. */
export function canUnhide(viewer: Viewer, { authorId }: Comment): boolean {
  return hasRole(viewer, 'MODERATOR') && !isSelf(viewer, authorId)
}

/** Returns the comment without body and author unless the viewer may read them. */
export function redactFor<Redacted extends Comment>(viewer: Viewer, comment: Redacted): Redacted {
  return canRead(viewer, comment) ? comment : { ...comment, body: null, authorId: null }
}
