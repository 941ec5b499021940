import type { Connection } from 'mongoose'

import { readDuplicateKeyField, ensureIndexes } from '../../../packages/subgraph-kit/mongo/database'
import type { AdminRegistry, RoleChange } from '../domain/adminRegistry'
import { createAdminRegistryModel, type AdminRegistryDocument } from './adminRegistryModel'

export type AdminRegistryRepository = ReturnType<typeof createAdminRegistryRepository>

const ledgerId = 'ledger'

/** Reads and writes the ledger of roles. Every write is good for one version only: of many at once, one wins. */
export function createAdminRegistryRepository(connection: Connection) {
  const model = createAdminRegistryModel(connection)
  return {
    /** Makes the ledger where there is none. */
    async prepare(): Promise<void> {
      await ensureIndexes(model)
      const empty: AdminRegistry = { version: 1, administrators: [], pending: null }
      try {
        await model.updateOne({ _id: ledgerId }, { $setOnInsert: empty }, { upsert: true })
      } catch (error) {
        // Another process has made it at the same moment.
        if (readDuplicateKeyField(error) === undefined) throw error
      }
    },

    async read(): Promise<AdminRegistry> {
      const document = await model.findById(ledgerId).orFail().lean<AdminRegistryDocument>()
      const { version, administrators, pending } = document
      return { version, administrators, pending }
    },

    /** Enters a change. @returns whether the ledger was still at this version, with nothing pending */
    async beginChange(version: number, pending: RoleChange): Promise<boolean> {
      const { matchedCount } = await model.updateOne(
        { _id: ledgerId, version, pending: null },
        { $set: { pending, version: version + 1 } },
      )
      return matchedCount === 1
    },

    /** Closes the change that is pending at this version. Done already is as good. */
    async completeChange(version: number, administrators: string[]): Promise<void> {
      await model.updateOne(
        { _id: ledgerId, version },
        { $set: { administrators, pending: null, version: version + 1 } },
      )
    },
  }
}
