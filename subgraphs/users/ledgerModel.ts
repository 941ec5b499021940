import { Schema, type Connection, type Model } from 'mongoose'

import type { Ledger, RoleChange } from './ledger'

export interface LedgerDocument extends Ledger {
  _id: string
}
export type LedgerModel = Model<LedgerDocument>

/** The collection of the one document that says who is an administrator. */
export function createLedgerModel(connection: Connection): LedgerModel {
  const change = new Schema<RoleChange>(
    {
      kind: { type: String, required: true, enum: ['role', 'removal'] },
      userId: { type: String, required: true },
      role: { type: String, enum: ['MEMBER', 'MODERATOR', 'ADMIN'] },
      requestedAt: Date,
    },
    { _id: false },
  )
  const schema = new Schema<LedgerDocument>(
    {
      _id: { type: String, required: true },
      version: { type: Number, required: true },
      administrators: { type: [String], required: true },
      pending: { type: change, default: null },
    },
    { collection: 'roles', versionKey: false },
  )
  return connection.model<LedgerDocument>('Ledger', schema)
}
