import { Schema, type Connection, type Model } from 'mongoose'

import type { StoredDocument } from '../../../packages/subgraph-kit/mongo/database'
import {
  outboxSchemaFields,
  outboxIndex,
  type OutboxFields,
} from '../../../packages/event-log/mongo/documentOutbox'
import type { User } from '../domain/user'

/** A user and what only the database needs to know of them. */
export interface UserRecord extends User {
  /** The address as it is compared; not there for those who have none. */
  emailKey?: string
  passwordHash: string | null
  sessionEpoch: number
  /** The version of the roles' ledger that last set the role: an older decision that comes late is dropped. */
  roleVersion: number
  /** How often the user's access tokens have been revoked; it counts up in the write that is the reason. */
  tokenVersion?: number
  /** When they were revoked last. */
  revokedAt?: Date
}

/**
 * A user, or what is left of one who is gone: the ID, when that was, and the event that tells of it. It keeps an import
 * from bringing them back. Reads pass over it with {@link notDeleted}.
 */
export type UserDocument = StoredDocument<UserRecord> & OutboxFields & { deletedAt?: Date }
export type UserModel = Model<UserDocument>

/** Of a filter: those who are not gone. */
export const notDeleted = { deletedAt: { $exists: false } } as const

/** What becomes of a document when its user goes: nothing stays that is not named here. */
export const buildTombstone = (now: Date) => ({
  _id: '$_id',
  // No handle can be like it, so the user's own one is free, and the index has one of each.
  handle: { $concat: ['-', '$_id'] },
  deletedAt: now,
  tokenVersion: { $add: [{ $ifNull: ['$tokenVersion', 0] }, 1] },
  revokedAt: now,
  relay: '$relay',
})

/** The collection of users; its indexes are made when the subgraph prepares. */
export function createUserModel(connection: Connection): UserModel {
  const schema = new Schema<UserDocument>(
    {
      _id: { type: String, required: true },
      handle: { type: String, required: true },
      displayName: { type: String, required: true },
      email: { type: String, default: null },
      emailKey: { type: String },
      bio: { type: String, default: null },
      websiteUrl: { type: String, default: null },
      avatarUrl: { type: String, default: null },
      location: { type: String, default: null },
      role: { type: String, required: true, enum: ['MEMBER', 'MODERATOR', 'ADMIN'] },
      joinedAt: { type: Date, required: true },
      passwordHash: { type: String, default: null },
      sessionEpoch: { type: Number, required: true },
      roleVersion: { type: Number, required: true },
      tokenVersion: { type: Number, default: 0 },
      revokedAt: { type: Date },
      deletedAt: { type: Date },
      ...outboxSchemaFields,
    },
    { collection: 'users', versionKey: false },
  )
  schema.index({ handle: 1 }, { unique: true })
  // Partial: the many imported people without an address do not collide.
  schema.index({ emailKey: 1 }, { unique: true, partialFilterExpression: { emailKey: { $type: 'string' } } })
  // Sparse: the tokens of most users have never been revoked.
  schema.index({ revokedAt: 1 }, { sparse: true })
  schema.index(...outboxIndex)
  return connection.model<UserDocument>('User', schema)
}
