import type { Connection } from 'mongoose'

import { ensureIndexes, readDuplicateKeyField } from '../../../packages/subgraph-kit/mongo'
import type { AdminRegistry, RoleChange } from '../domain/adminRegistry'
import { createAdminRegistryModel, type AdminRegistryDocument } from './models'

export type AdminRegistryRepository = ReturnType<typeof createAdminRegistryRepository>

const registryId = 'ledger'

/** Reads and writes the admin registry with optimistic concurrency: of several writes to one version, one succeeds. */
export function createAdminRegistryRepository(connection: Connection) {
  const model = createAdminRegistryModel(connection)
  return {
    /** Creates the registry if it does not exist. */
    async prepare(): Promise<void> {
      await ensureIndexes(model)
      const empty: AdminRegistry = { version: 1, administrators: [], pending: null }
      try {
        await model.updateOne({ _id: registryId }, { $setOnInsert: empty }, { upsert: true })
      } catch (error) {
        // Another process created it at the same time.
        if (readDuplicateKeyField(error) === undefined) throw error
      }
    },

    async read(): Promise<AdminRegistry> {
      const document = await model.findById(registryId).orFail().lean<AdminRegistryDocument>()
      const { version, administrators, pending } = document
      return { version, administrators, pending }
    },

    /** Records a pending change. @returns false if the version has changed or another change is pending */
    async beginChange(version: number, pending: RoleChange): Promise<boolean> {
      const { matchedCount } = await model.updateOne(
        { _id: registryId, version, pending: null },
        { $set: { pending, version: version + 1 } },
      )
      return matchedCount === 1
    },

    /** Completes the pending change of this version; idempotent. */
    async completeChange(version: number, administrators: string[]): Promise<void> {
      await model.updateOne(
        { _id: registryId, version },
        { $set: { administrators, pending: null, version: version + 1 } },
      )
    },
  }
}
