import type { CommentRecord } from '../domain/comment'
import type { CommentDocument } from './models'

export function toComment({ _id, removedBy = null, ...fields }: CommentDocument): CommentRecord {
  return { id: _id, removedBy, ...fields }
}
