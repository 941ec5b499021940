import { Schema, type Connection, type Model } from 'mongoose'

import type { AdminRegistry, RoleChange } from '../domain/adminRegistry'

export interface AdminRegistryDocument extends AdminRegistry {
  _id: string
}
export type AdminRegistryModel = Model<AdminRegistryDocument>

/** The collection of the one document that says who is an administrator. */
export function createAdminRegistryModel(connection: Connection): AdminRegistryModel {
  const change = new Schema<RoleChange>(
    {
      kind: { type: String, required: true, enum: ['role', 'removal'] },
      userId: { type: String, required: true },
      role: { type: String, enum: ['MEMBER', 'MODERATOR', 'ADMIN'] },
      requestedAt: Date,
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
  return connection.model<AdminRegistryDocument>('Ledger', schema)
}
