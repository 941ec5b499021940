import { buildProjection } from '../../../packages/subgraph-kit/mongo'
import type { CommentRecord } from '../domain/comment'
import type { CommentDocument } from './models'

/** The fields that {@link toComment} reads. */
export const commentProjection = buildProjection([
  ...['postId', 'parentId', 'depth', 'authorId', 'body', 'status', 'createdAt', 'editedAt', 'underDraft'],
  'removedBy',
])

export function toComment({ _id, removedBy = null, ...fields }: CommentDocument): CommentRecord {
  return { id: _id, removedBy, ...fields }
}
