import { Schema, type Connection, type Model } from 'mongoose'

import type { Stored } from '../shared/database'
import type { Exchange, Session } from './session'

export type SessionDocument = Stored<Session>
export type SessionModel = Model<SessionDocument>

/** The collection of session families. A family that has ended is gone from it. */
export function createSessionModel(connection: Connection): SessionModel {
  const exchange = new Schema<Exchange>(
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
    },
    { collection: 'sessions', versionKey: false },
  )
  schema.index({ userId: 1, epoch: 1 })
  // The embedded engine's TTL monitor does not run: the subgraph sweeps too.
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<SessionDocument>('Session', schema)
}
