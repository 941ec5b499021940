import { Schema, type Connection, type Model } from 'mongoose'

import type { AddressedMail, MailOutcome, MailRecipient, MailTemplate } from '../../domain/mail/mail'

/** A mail in the queue, or the record of a finished one, which has neither recipient nor template. `_id` is its key. */
export interface MailDocument {
  _id: string
  recipient?: MailRecipient
  template?: MailTemplate
  retractionKeys?: readonly string[]
  createdAt: Date
  /** When to send it next; absent once it is finished. */
  dueAt?: Date
  /** Present while it waits and is sent before others; see `isUrgent` in domain/mail/mail.ts. */
  isUrgent?: true
  attempts: number
  /** Identifies the batch of its last attempt. */
  claim?: string
  /** Of the last attempt. */
  error?: string
  outcome?: MailOutcome
  finishedAt?: Date
  /** In development, for `/mail`. */
  content?: AddressedMail
}

/** Partial, since most mails are notifications. */
export const urgentMailIndex = { isUrgent: 1, dueAt: 1 } as const

/** Creates the model of the `mails` collection, without building its indexes. */
export function createMailModel(connection: Connection): Model<MailDocument> {
  const schema = new Schema<MailDocument>(
    {
      _id: { type: String, required: true },
      recipient: { type: Schema.Types.Mixed },
      template: { type: Schema.Types.Mixed },
      retractionKeys: { type: [String], default: undefined },
      createdAt: { type: Date, required: true },
      dueAt: { type: Date },
      isUrgent: { type: Boolean },
      attempts: { type: Number, required: true },
      claim: { type: String },
      error: { type: String },
      outcome: { type: String, enum: ['sent', 'kept', 'dropped', 'dead'] },
      finishedAt: { type: Date },
      content: { type: Schema.Types.Mixed },
    },
    { collection: 'mails', versionKey: false },
  )
  schema.index({ dueAt: 1 }, { sparse: true })
  schema.index(urgentMailIndex, { partialFilterExpression: { isUrgent: true } })
  schema.index({ finishedAt: 1 }, { sparse: true })
  schema.index({ retractionKeys: 1 }, { sparse: true })
  return connection.model<MailDocument>('Mail', schema)
}
