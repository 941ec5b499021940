import { Schema, type Connection, type Model } from 'mongoose'

import {
  creationKeyIndex,
  type IdempotentCreation,
  type StoredDocument,
} from '../../../packages/subgraph-kit/mongo'
import { outboxIndex, outboxSchemaFields, type OutboxFields } from '../../../packages/event-log/mongo'
import type { CommentRecord, RemovedBy } from '../domain/comment'

export type CommentDocument = Omit<StoredDocument<CommentRecord>, 'removedBy'> &
  OutboxFields &
  IdempotentCreation & {
    /** Absent in documents of earlier versions. */
    removedBy?: RemovedBy | null
    /** Present while the counts of the post may not include the comment as it is: the ID of the post. */
    uncountedIn?: string
    /** How the counts of the post include the comment, and since which version; absent before the first time. */
    counted?: { version: number; visible: boolean }
    /** When the sweeper erases the text and author of a deleted comment. */
    eraseAt?: Date
    /** Identifies content of one deleted account, for moderators. */
    contentKey?: string
    /** When the sweeper removes the key. */
    contentKeyUntil?: Date
  }
export type CommentModel = Model<CommentDocument>

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
      removedBy: { type: String },
      eraseAt: { type: Date, select: false },
      contentKey: { type: String, select: false },
      contentKeyUntil: { type: Date, select: false },
      creationKey: { type: String, select: false },
      uncountedIn: { type: String, select: false },
      counted: { type: Schema.Types.Mixed, select: false },
      ...outboxSchemaFields,
    },
    { collection: 'comments', versionKey: false },
  )
  // Pages of top-level comments. Depth 0 instead of parentId null: equality with null is not a single index key.
  schema.index({ postId: 1, depth: 1, createdAt: 1, _id: 1 })
  // Pages of replies.
  schema.index({ parentId: 1, createdAt: 1, _id: 1 })
  // Covers comment counts and activity.
  schema.index({ postId: 1, status: 1, createdAt: 1 })
  schema.index({ parentId: 1, status: 1 })
  // Pages of an author's comments.
  schema.index({ authorId: 1, status: 1, underDraft: 1, createdAt: -1, _id: -1 })
  // Covers the posts that were commented on as drafts. Partial, since such comments are few.
  schema.index({ postId: 1, underDraft: 1 }, { partialFilterExpression: { underDraft: true } })
  // The marked comments of a post, which are few.
  schema.index({ uncountedIn: 1 }, { sparse: true })
  // Fields that few comments have, for the sweeper and for the removal of the content of a deleted account.
  for (const field of ['eraseAt', 'contentKey', 'contentKeyUntil'] as const) {
    schema.index({ [field]: 1 }, { sparse: true })
  }
  schema.index(...creationKeyIndex)
  schema.index(...outboxIndex)
  return connection.model<CommentDocument>('Comment', schema)
}
