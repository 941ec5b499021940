import { readBulkDuplicates, toStoredDocument } from '../../../packages/subgraph-kit/mongo'
import type { User } from '../domain/user'
import { deriveFields } from './derivedFields'
import type { UserModel } from './models'

/**
 * Inserts new users, skipping existing and deleted ones. Imported users are never administrators, since the admin
 * registry alone appoints them.
 *
 * @returns the number of inserted users, and the IDs of users that were rejected because their handle or address is
 *   taken
 */
export async function importUsers(
  model: UserModel,
  users: readonly User[],
): Promise<{ inserted: number; conflicts: string[] }> {
  if (users.length === 0) return { inserted: 0, conflicts: [] }
  const writes = users.map((user) => {
    const { _id, ...rest } = toStoredDocument(user)
    const row = {
      ...rest,
      ...deriveFields(user),
      role: user.role === 'ADMIN' ? ('MEMBER' as const) : user.role,
      passwordHash: null,
      sessionEpoch: 0,
      roleVersion: 0,
      tokenVersion: 0,
    }
    return { updateOne: { filter: { _id }, update: { $setOnInsert: row }, upsert: true } }
  })
  try {
    const { upsertedCount } = await model.bulkWrite(writes, { ordered: false })
    return { inserted: upsertedCount, conflicts: [] }
  } catch (error) {
    const { duplicates, upsertedCount } = readBulkDuplicates(error)
    return { inserted: upsertedCount, conflicts: duplicates.flatMap((index) => users[index]?.id ?? []) }
  }
}
