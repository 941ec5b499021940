import { hasRole, isSelf, type Viewer } from '../../../packages/auth'

export type CommentStatus = 'VISIBLE' | 'DELETED' | 'HIDDEN'

export interface Comment {
  id: string
  postId: string
  parentId: string | null
  /** 0 for a top-level comment, at most 50. */
  depth: number
  /** Null when the comment or its author was deleted. */
  authorId: string | null
  /** Markdown; null when deleted. */
  body: string | null
  status: CommentStatus
  createdAt: Date
  editedAt: Date | null
}

/** A comment with the field that only the database stores. */
export interface CommentRecord extends Comment {
  /** Whether the post was a draft when the comment was written, and is not known to have been published since. */
  underDraft: boolean
}

/** The fields of a comment that its deletion changes. Its place in the thread stays. */
export const deletedState = { status: 'DELETED', body: null, authorId: null } as const

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

/** Returns whether the viewer may read the body and author of a comment. */
export function canRead(viewer: Viewer, comment: Comment): boolean {
  switch (comment.status) {
    case 'VISIBLE':
      return true
    case 'HIDDEN':
      return ownsOrModerates(viewer, comment)
    case 'DELETED':
      return false
  }
}

/** Returns whether the viewer may edit a comment: only its author may, also while it is hidden. */
export function canUpdate(viewer: Viewer, comment: Comment): boolean {
  return comment.status !== 'DELETED' && isSelf(viewer, comment.authorId)
}

/** Returns whether the viewer may delete a comment: its author, moderators and administrators may. */
export function canDelete(viewer: Viewer, comment: Comment): boolean {
  return comment.status !== 'DELETED' && ownsOrModerates(viewer, comment)
}

/** Returns the comment without body and author unless the viewer may read them. */
export function redactFor<Redacted extends Comment>(viewer: Viewer, comment: Redacted): Redacted {
  return canRead(viewer, comment) ? comment : { ...comment, body: null, authorId: null }
}
