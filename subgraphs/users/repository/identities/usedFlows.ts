import { Schema, type Connection, type Model } from 'mongoose'

import { ensureIndexes, readDuplicateKeyField } from '../../../../packages/subgraph-kit/mongo'

/** A sign-in flow that has been completed. Its token has expired when the document is deleted. */
interface UsedFlowDocument {
  _id: string
  expiresAt: Date
}

export type UsedFlowRepository = ReturnType<typeof createUsedFlowRepository>

/** Records which sign-in flows have been used. */
export function createUsedFlowRepository(connection: Connection) {
  const schema = new Schema<UsedFlowDocument>(
    { _id: { type: String, required: true }, expiresAt: { type: Date, required: true } },
    { collection: 'used_sign_in_flows', versionKey: false },
  )
  // The embedded engine runs no TTL monitor, so the subgraph also deletes expired flows itself.
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  const model: Model<UsedFlowDocument> = connection.model<UsedFlowDocument>('UsedFlow', schema)
  return {
    prepare: () => ensureIndexes(model),

    /** @returns false if the flow has been used before: of several concurrent uses, one succeeds */
    async use({ id, expiresAt }: { id: string; expiresAt: Date }): Promise<boolean> {
      try {
        await model.create({ _id: id, expiresAt })
        return true
      } catch (error) {
        if (readDuplicateKeyField(error) === '_id') return false
        throw error
      }
    },

    /** Deletes flows whose tokens have expired. */
    async deleteExpired(now: Date): Promise<void> {
      await model.deleteMany({ expiresAt: { $lte: now } })
    },
  }
}
