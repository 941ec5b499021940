import type { KeyValue, Order } from '../../../packages/subgraph-kit/graphql/pagination'
import { hasRole, isSelf, type Viewer } from '../../../packages/auth/viewer'

export type CommentStatus = 'VISIBLE' | 'DELETED' | 'HIDDEN'

/** What others are told of a comment that changes. */
export type CommentEventType = 'comment.edited' | 'comment.deleted' | 'comment.hidden' | 'comment.unhidden'

export interface Comment {
  id: string
  postId: string
  parentId: string | null
  /** 0 for a comment on the post itself, at most 50. */
  depth: number
  /** Null once deleted, and when the account is gone. */
  authorId: string | null
  /** Markdown; null once deleted. */
  body: string | null
  status: CommentStatus
  createdAt: Date
  editedAt: Date | null
}

/** How much is said on a post. */
export interface CommentActivity {
  postId: string
  /** Of those that show. */
  count: number
  lastCommentedAt: Date | null
  /** When they were counted, by the database's clock. */
  asOf: Date
}

/** How deep a thread goes: the depth of the last comments that nobody can answer. */
export const maxDepth = 50

/** Of what a comment says, in code points. */
export const bodyLimits = { min: 1, max: 40_000 }

/** The order within a thread. */
export const oldestFirst: Order = [
  { field: 'createdAt', direction: 1, type: 'date' },
  { field: '_id', direction: 1, type: 'string' },
]

/** The order of what somebody wrote. */
export const latestFirst: Order = [
  { field: 'createdAt', direction: -1, type: 'date' },
  { field: '_id', direction: -1, type: 'string' },
]

/** A comment's place in either order. */
export const timeSortKey = ({ createdAt, id }: Comment): readonly KeyValue[] => [createdAt, id]

const ownsOrModerates = (viewer: Viewer, { authorId }: Comment): boolean =>
  isSelf(viewer, authorId) || hasRole(viewer, 'MODERATOR')

/** Whether the viewer may read what a comment says, and who says it. */
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

/** Only its author, also while it is hidden. */
export function canUpdate(viewer: Viewer, comment: Comment): boolean {
  return comment.status !== 'DELETED' && isSelf(viewer, comment.authorId)
}

/** Its author, moderators and administrators. */
export function canDelete(viewer: Viewer, comment: Comment): boolean {
  return comment.status !== 'DELETED' && ownsOrModerates(viewer, comment)
}

/** The comment as it may be handed to the viewer: its place in the thread stays, words and author may not. */
export function redactFor<Seen extends Comment>(viewer: Viewer, comment: Seen): Seen {
  return canRead(viewer, comment) ? comment : { ...comment, body: null, authorId: null }
}
