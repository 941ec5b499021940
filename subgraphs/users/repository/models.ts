import { Schema, type Connection, type Model } from 'mongoose'

import type { StoredDocument } from '../../../packages/subgraph-kit/mongo'
import { outboxIndex, outboxSchemaFields, type OutboxFields } from '../../../packages/event-log/mongo'
import type { StoredMailToken } from '../domain/accounts/mailToken'
import type { AdminRegistry, RoleChange } from '../domain/adminRegistry'
import { getReservationEnd, type OwnHandle } from '../domain/handles'
import type { LinkedIdentity } from '../domain/identities/identity'
import type { Session, SessionTombstone, TokenExchange } from '../domain/session'
import type { ChangedChannels } from '../domain/notifications/settings'
import type { Suspension } from '../domain/moderation/suspension'
import type { User } from '../domain/user'

/** A user with the fields that only the repository reads. */
interface UserRecord extends User {
  /** The address in comparable form; absent for users without an address. */
  emailKey?: string
  passwordHash: string | null
  sessionEpoch: number
  /** The version of the admin registry that last set the role: a late write of an older decision is ignored. */
  roleVersion: number
  /** How often the user's access tokens have been revoked. Incremented by the write that causes the revocation. */
  tokenVersion?: number
  /** When the user's access tokens were last revoked. */
  revokedAt?: Date
  /**
   * The present handle, and those that were given up and stay reserved. One array, so that one unique index protects both.
   * Absent in documents of earlier versions until they are migrated.
   */
  handles?: OwnHandle[]
  /** Derived from the handle and the name; see `listSearchTokens`. */
  searchTokens?: string[]
  /** The channels of notifications that the user has changed. */
  notificationChannels?: ChangedChannels
  /** Absent for none. */
  identities?: LinkedIdentity[]
  /** An address that waits for its verification: the account's own, or the one that is to replace it. */
  verification?: PendingVerification
  /** Of the newest reset mail. */
  resetToken?: StoredMailToken
  /** In a pending sign-up: when it expires. */
  pendingUntil?: Date
}

/** An address that waits for its verification. */
export interface PendingVerification {
  address: string
  emailKey: string
  requestedAt: Date
  /** The domain event that requested the mail; absent when only {@link token} was requested. */
  eventId?: string
  /** Of the newest verification mail; absent until it is sent. */
  token?: StoredMailToken
}

/**
 * A user, the tombstone of a deleted user, or a pending sign-up. A tombstone has the ID, the time and the pending domain
 * event; it prevents imports from restoring the user. A pending sign-up reserves its handle until its address is verified
 * or `pendingUntil` has passed; it has no `emailKey`, so that it reserves no address. Reads skip both with
 * {@link accountsOnly}.
 */
export type UserDocument = StoredDocument<UserRecord> & OutboxFields & { deletedAt?: Date }
export type UserModel = Model<UserDocument>

/** Part of a filter: excludes tombstones of deleted users, and pending sign-ups. */
export const accountsOnly = { deletedAt: { $exists: false }, pendingUntil: { $exists: false } } as const

/** Returns the document that replaces a deleted user's, as a stage of a pipeline: no other field remains. */
export const buildTombstone = (now: Date) => ({
  _id: '$_id',
  // No valid handle contains a hyphen, and the ID keeps the value unique in the index.
  handle: { $concat: ['-', '$_id'] },
  // Old mentions and links name the account: for a while, no other can take its handles.
  handles: {
    $map: {
      input: { $ifNull: ['$handles', [{ name: '$handle' }]] },
      as: 'own',
      in: {
        name: '$$own.name',
        reservedUntil: { $ifNull: ['$$own.reservedUntil', getReservationEnd(now)] },
      },
    },
  },
  deletedAt: now,
  tokenVersion: { $add: [{ $ifNull: ['$tokenVersion', 0] }, 1] },
  revokedAt: now,
  relay: '$relay',
})

const suspensionSchema = new Schema<Suspension>(
  {
    since: { type: Date, required: true },
    until: { type: Date, default: null },
    reason: { type: String, default: null },
  },
  { _id: false },
)

const identitySchema = new Schema<LinkedIdentity>(
  {
    provider: { type: String, required: true },
    key: { type: String, required: true },
    linkedAt: { type: Date, required: true },
  },
  { _id: false },
)

/** Returns the model of the `users` collection, without building its indexes. */
export function createUserModel(connection: Connection): UserModel {
  const existing = connection.models['User'] as UserModel | undefined
  if (existing) return existing
  const ownHandle = new Schema<OwnHandle>(
    { name: { type: String, required: true }, reservedUntil: { type: Date } },
    { _id: false },
  )
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
      suspension: { type: suspensionSchema },
      passwordHash: { type: String, default: null },
      sessionEpoch: { type: Number, required: true },
      roleVersion: { type: Number, required: true },
      tokenVersion: { type: Number, default: 0 },
      revokedAt: { type: Date },
      handles: { type: [ownHandle], default: undefined },
      searchTokens: { type: [String], default: undefined },
      identities: { type: [identitySchema], default: undefined },
      notificationChannels: { type: Schema.Types.Mixed },
      deletedAt: { type: Date },
      emailVerifiedAt: { type: Date },
      verification: { type: Schema.Types.Mixed },
      resetToken: { type: Schema.Types.Mixed },
      pendingUntil: { type: Date },
      ...outboxSchemaFields,
    },
    { collection: 'users', versionKey: false },
  )
  schema.index({ handle: 1 }, { unique: true })
  schema.index({ 'handles.name': 1 }, { unique: true, sparse: true })
  schema.index({ 'handles.reservedUntil': 1 }, { sparse: true })
  schema.index({ searchTokens: 1, handle: 1 })
  // Partial, since imported users have no address.
  schema.index({ emailKey: 1 }, { unique: true, partialFilterExpression: { emailKey: { $type: 'string' } } })
  // Partial, since most users have none.
  schema.index(
    { 'identities.key': 1 },
    { unique: true, partialFilterExpression: { 'identities.key': { $exists: true } } },
  )
  // Sparse, since the tokens of most users have never been revoked.
  schema.index({ revokedAt: 1 }, { sparse: true })
  schema.index(...outboxIndex)
  schema.index({ 'verification.token.hash': 1 }, { sparse: true })
  schema.index({ 'verification.emailKey': 1 }, { sparse: true })
  schema.index({ 'resetToken.hash': 1 }, { sparse: true })
  schema.index({ pendingUntil: 1 }, { sparse: true })
  return connection.model<UserDocument>('User', schema)
}

/** A session family, or its tombstone. Reads skip tombstones with {@link notEnded}. */
export type SessionDocument = StoredDocument<Session> & Partial<Pick<SessionTombstone, 'endedAt'>>
type SessionModel = Model<SessionDocument>

/** Part of a filter: excludes tombstones of ended sessions. */
export const notEnded = { endedAt: { $exists: false } } as const

/** Creates the model of the `sessions` collection, without building its indexes. */
export function createSessionModel(connection: Connection): SessionModel {
  const exchange = new Schema<TokenExchange>(
    {
      tokenHash: { type: String, required: true },
      at: { type: Date, required: true },
      sealedAnswer: { type: String, required: true },
    },
    { _id: false },
  )
  const schema = new Schema<SessionDocument>(
    {
      _id: { type: String, required: true },
      userId: { type: String, required: true },
      epoch: { type: Number, required: true },
      tokenHash: { type: String, required: true },
      exchanges: { type: [exchange], required: true },
      expiresAt: { type: Date, required: true },
      authenticatedAt: { type: Date },
      provider: { type: String },
      createdAt: { type: Date },
      client: { type: Schema.Types.Mixed },
      endedAt: { type: Date },
    },
    { collection: 'sessions', versionKey: false },
  )
  schema.index({ userId: 1, epoch: 1 })
  schema.index({ endedAt: 1 }, { sparse: true })
  // The embedded engine runs no TTL monitor, so the subgraph also deletes expired sessions itself.
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<SessionDocument>('Session', schema)
}

export interface AdminRegistryDocument extends AdminRegistry {
  _id: string
}
type AdminRegistryModel = Model<AdminRegistryDocument>

/** Creates the model of the `roles` collection, which holds a single document. */
export function createAdminRegistryModel(connection: Connection): AdminRegistryModel {
  const change = new Schema<RoleChange>(
    {
      kind: { type: String, required: true, enum: ['role', 'removal'] },
      userId: { type: String, required: true },
      role: { type: String, enum: ['MEMBER', 'MODERATOR', 'ADMIN'] },
      requestedAt: Date,
      suspension: { type: suspensionSchema },
      moderatorId: String,
    },
    { _id: false },
  )
  const schema = new Schema<AdminRegistryDocument>(
    {
      _id: { type: String, required: true },
      version: { type: Number, required: true },
      administrators: { type: [String], required: true },
      pending: { type: change, default: null },
    },
    { collection: 'roles', versionKey: false },
  )
  return connection.model<AdminRegistryDocument>('AdminRegistry', schema)
}
