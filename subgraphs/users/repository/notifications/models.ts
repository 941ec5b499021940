import { Schema, type Connection, type Model } from 'mongoose'

import type { Notification } from '../../domain/notifications/notification'

/** A notification, or the tombstone of a retracted one, which keeps its cause from creating it again. */
export type NotificationDocument =
  | (Omit<Notification, 'id'> & {
      _id: string
      /** The keys by which it is retracted. */
      retractionKeys: readonly string[]
      /** Present until it is read. */
      isUnread?: true
    })
  | NotificationTombstone

export interface NotificationTombstone {
  _id: string
  createdAt: Date
  retractedAt: Date
}

export type NotificationModel = Model<NotificationDocument>

/** An entity that can no longer be seen: notifications about it are not created. */
export interface HiddenSubjectDocument {
  _id: string
  at: Date
}

/** Creates the model of the `notifications` collection, without building its indexes. */
export function createNotificationModel(connection: Connection): NotificationModel {
  const schema = new Schema<NotificationDocument>(
    {
      _id: { type: String, required: true },
      recipientId: { type: String },
      type: { type: String },
      template: { type: String },
      facts: { type: Schema.Types.Mixed },
      actorId: { type: String, default: null },
      subjectId: { type: String, default: null },
      retractionKeys: { type: [String], default: undefined },
      createdAt: { type: Date, required: true },
      readAt: { type: Date, default: null },
      isUnread: { type: Boolean },
      retractedAt: { type: Date },
    },
    { collection: 'notifications', versionKey: false },
  )
  schema.index({ recipientId: 1, createdAt: -1, _id: -1 })
  // Pages and the count of unread ones.
  schema.index({ recipientId: 1, isUnread: 1, createdAt: -1, _id: -1 })
  // Partial, since only unread ones are retracted.
  schema.index({ retractionKeys: 1 }, { partialFilterExpression: { isUnread: true } })
  schema.index({ createdAt: 1 })
  return connection.model<NotificationDocument>('Notification', schema)
}

/** Creates the model of the `hidden_subjects` collection, without building its indexes. */
export function createHiddenSubjectModel(connection: Connection): Model<HiddenSubjectDocument> {
  const schema = new Schema<HiddenSubjectDocument>(
    { _id: { type: String, required: true }, at: { type: Date, required: true } },
    { collection: 'hidden_subjects', versionKey: false },
  )
  schema.index({ at: 1 })
  return connection.model<HiddenSubjectDocument>('HiddenSubject', schema)
}
