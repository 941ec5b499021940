import { Schema, type Connection, type Model } from 'mongoose'

import { outboxIndex, outboxSchemaFields, type OutboxFields } from '../../../../packages/event-log/mongo'
import type { StoredDocument } from '../../../../packages/subgraph-kit/mongo'
import type { ModerationAction } from '../../domain/moderation/moderationAction'
import type { Report } from '../../domain/moderation/report'

export type ReportDocument = StoredDocument<Report> & OutboxFields
export type ReportModel = Model<ReportDocument>

/** Creates the model of the `reports` collection, without building its indexes. */
export function createReportModel(connection: Connection): ReportModel {
  const schema = new Schema<ReportDocument>(
    {
      _id: { type: String, required: true },
      subjectId: { type: String, required: true },
      responsibleId: { type: String },
      reporterId: { type: String, default: null },
      reason: { type: String, required: true },
      note: { type: String, default: null },
      status: { type: String, required: true, enum: ['OPEN', 'RESOLVED', 'DISMISSED'] },
      createdAt: { type: Date, required: true },
      resolvedAt: { type: Date, default: null },
      resolverId: { type: String, default: null },
      ...outboxSchemaFields,
    },
    { collection: 'reports', versionKey: false },
  )
  // The queue, with and without a filter.
  schema.index({ status: 1, createdAt: 1, _id: 1 })
  schema.index({ createdAt: 1, _id: 1 })
  schema.index({ subjectId: 1, status: 1, createdAt: 1 })
  schema.index({ reporterId: 1 })
  schema.index(...outboxIndex)
  return connection.model<ReportDocument>('Report', schema)
}

export type ModerationActionDocument = StoredDocument<ModerationAction>
export type ModerationActionModel = Model<ModerationActionDocument>

/** Creates the model of the `moderation_actions` collection, without building its indexes. */
export function createModerationActionModel(connection: Connection): ModerationActionModel {
  const schema = new Schema<ModerationActionDocument>(
    {
      _id: { type: String, required: true },
      type: { type: String, required: true },
      moderatorId: { type: String, default: null },
      subjectId: { type: String, required: true },
      reason: { type: String, default: null },
      role: { type: String, default: null },
      until: { type: Date, default: null },
      createdAt: { type: Date, required: true },
    },
    { collection: 'moderation_actions', versionKey: false },
  )
  schema.index({ createdAt: -1, _id: -1 })
  schema.index({ subjectId: 1, createdAt: -1, _id: -1 })
  schema.index({ moderatorId: 1, createdAt: -1, _id: -1 })
  return connection.model<ModerationActionDocument>('ModerationAction', schema)
}
