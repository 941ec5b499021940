import { Schema, type Connection, type Model } from 'mongoose'

import type { StoredDocument } from '../../../packages/subgraph-kit/mongo/database'
import {
  outboxSchemaFields,
  outboxIndex,
  type OutboxFields,
} from '../../../packages/event-log/mongo/documentOutbox'
import type { Comment } from '../domain/comment'

/** A comment and what only the database needs to know of it. */
export interface CommentRecord extends Comment {
  /** Its post was a draft when it was written, and is not known to have been published since. */
  underDraft: boolean
}

export type CommentDocument = StoredDocument<CommentRecord> & OutboxFields
export type CommentModel = Model<CommentDocument>

/** Indexes of earlier versions, which the newer ones stand in for. */
export const obsoleteIndexNames = ['postId_1_status_1']

/** The collection of comments; its indexes are made when the subgraph prepares. */
export function createCommentModel(connection: Connection): CommentModel {
  const schema = new Schema<CommentDocument>(
    {
      _id: { type: String, required: true },
      postId: { type: String, required: true },
      parentId: { type: String, default: null },
      depth: { type: Number, required: true },
      authorId: { type: String, default: null },
      body: { type: String, default: null },
      status: { type: String, required: true, enum: ['VISIBLE', 'DELETED', 'HIDDEN'] },
      createdAt: { type: Date, required: true },
      editedAt: { type: Date, default: null },
      underDraft: { type: Boolean, required: true },
      ...outboxSchemaFields,
    },
    { collection: 'comments', versionKey: false },
  )
  // Pages of a thread, then their counts. Depth stands for "no parent": equality with null is no single key of an index.
  schema.index({ postId: 1, depth: 1, createdAt: 1, _id: 1 })
  schema.index({ parentId: 1, createdAt: 1, _id: 1 })
  schema.index({ postId: 1, status: 1, createdAt: 1 })
  schema.index({ parentId: 1, status: 1 })
  schema.index({ authorId: 1, status: 1, underDraft: 1, createdAt: -1, _id: -1 })
  // Which posts comments were written under as drafts: few, and soon none.
  schema.index({ postId: 1, underDraft: 1 }, { partialFilterExpression: { underDraft: true } })
  schema.index(...outboxIndex)
  return connection.model<CommentDocument>('Comment', schema)
}
