import { Schema, type Connection, type Model } from 'mongoose'

import type { StoredDocument } from '../../../packages/subgraph-kit/mongo/database'
import type { TokenExchange, Session, SessionTombstone } from '../domain/session'

/** A session family, or its tombstone. Reads skip tombstones with {@link notEnded}. */
export type SessionDocument = StoredDocument<Session> & Partial<Pick<SessionTombstone, 'endedAt'>>
export type SessionModel = Model<SessionDocument>

/** Of a filter: sessions that have not ended. */
export const notEnded = { endedAt: { $exists: false } } as const

/** The collection of session families and of tombstones of those that have ended. */
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
      endedAt: { type: Date },
    },
    { collection: 'sessions', versionKey: false },
  )
  schema.index({ userId: 1, epoch: 1 })
  schema.index({ endedAt: 1 }, { sparse: true })
  // The embedded engine's TTL monitor does not run: the subgraph sweeps too.
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<SessionDocument>('Session', schema)
}
