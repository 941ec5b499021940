import type { Comment } from '../domain/comment'
import type { CommentCounts, CountedComment, UncountedComment } from '../domain/commentCounts'
import type { CommentDocument } from './models'

/** The counts of one post. Its `_id` is the ID of the post. */
export interface CountsDocument {
  _id: string
  version: number
  visible: number
  topLevel: number
  journal: CountedComment[]
}

export const countsCollectionName = 'comment_counts'

/** The fields of a comment that {@link toUncountedComment} reads. */
export const uncountedProjection = { status: 1, depth: 1, counted: 1 } as const

export const toCommentCounts = ({ _id, ...counts }: CountsDocument): CommentCounts => ({
  postId: _id,
  ...counts,
})

export const toUncountedComment = ({
  _id,
  status,
  depth,
  counted,
}: Pick<CommentDocument, '_id' | 'status' | 'depth' | 'counted'>): UncountedComment => ({
  id: _id,
  isVisible: status === 'VISIBLE',
  isTopLevel: depth === 0,
  counted,
})

/** Returns the field of a write that changes whether or how a comment is counted. */
export const markUncounted = ({ postId }: Pick<Comment, 'postId'>) => ({ uncountedIn: postId })
