import { Schema, type Connection, type Model } from 'mongoose'

import type { Failure } from './failure'

export interface FailuresDocument {
  /** The limit's key. */
  _id: string
  failures: Failure[]
  expiresAt: Date
}
export type FailuresModel = Model<FailuresDocument>

/** The collection of failed sign-ins, a document for each account and each address that has any. */
export function createFailuresModel(connection: Connection): FailuresModel {
  const failure = new Schema<Failure>(
    { id: { type: String, required: true }, at: { type: Date, required: true } },
    { _id: false, id: false },
  )
  const schema = new Schema<FailuresDocument>(
    {
      _id: { type: String, required: true },
      failures: { type: [failure], required: true },
      expiresAt: { type: Date, required: true },
    },
    { collection: 'failures', versionKey: false },
  )
  // The embedded engine's TTL monitor does not run: the subgraph sweeps too.
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<FailuresDocument>('Failures', schema)
}
