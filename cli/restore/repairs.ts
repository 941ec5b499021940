import mongoose, { type mongo } from 'mongoose'

import { duplicateKeyCode } from '../../packages/event-log/mongo'
import { maxBatchSize } from '../../packages/platform'
import type { CommentDocument } from '../../subgraphs/comments/repository/models'
import type { AdminRegistryDocument, UserDocument } from '../../subgraphs/users/repository/models'
import { listSearchTokens } from '../../subgraphs/users/domain/userSearch'
import { deriveAlternativeHandle } from '../import/handle'

// The documents of a backup are copied at different times. These functions restore the rules between documents of one
// database that this can break. docs/decisions/0019-backup.md lists them.

type Users = Pick<
  UserDocument,
  | '_id'
  | 'handle'
  | 'displayName'
  | 'handles'
  | 'searchTokens'
  | 'role'
  | 'deletedAt'
  | 'email'
  | 'emailKey'
  | 'emailVerifiedAt'
  | 'resetToken'
  | 'verification'
  | 'identities'
>

/**
 * Creates the indexes of users. Of two users with one handle, address or identity, the one with the lower ID was copied
 * first, and has lost it since: by a change of the account, its deletion, or the end of a reservation. Both accounts
 * stay, and the outdated one loses the value: its owner may not be the person who has the mailbox or identity now.
 */
export async function createUserIndexes(
  database: mongo.Db,
  createIndexes: () => Promise<void>,
): Promise<void> {
  const users = database.collection<Users>('users')
  for (;;) {
    try {
      return await createIndexes()
    } catch (error) {
      const duplicate = readDuplicate(error)
      if (!duplicate) throw error
      const [outdated, ...others] = await users.find(duplicate).sort({ _id: 1 }).toArray()
      if (!outdated || others.length === 0) throw error
      await users.updateOne({ _id: outdated._id }, giveUpValue(outdated, duplicate))
    }
  }
}

/** Returns the update of a user who has lost the value of a unique field. */
function giveUpValue(user: Users, lost: Readonly<Record<string, string>>): mongo.UpdateFilter<Users> {
  const { emailKey, 'identities.key': identityKey } = lost
  if (emailKey !== undefined) return giveUpAddress(user, emailKey)
  if (identityKey !== undefined) return { $pull: { identities: { key: identityKey } } }
  return { $set: giveUpHandle(user, Object.values(lost)) }
}

/** Returns the update that removes an address. A link that was sent to another one, which is to replace it, stays valid. */
function giveUpAddress({ verification }: Users, emailKey: string): mongo.UpdateFilter<Users> {
  return {
    $set: { email: null },
    $unset: {
      emailKey: 1,
      emailVerifiedAt: 1,
      resetToken: 1,
      ...(verification?.emailKey === emailKey && { verification: 1 }),
    },
  }
}

/** Returns the changes of a user who has lost a handle: the present one, or one that was reserved. */
function giveUpHandle({ _id, handle, handles = [], displayName }: Users, lost: readonly string[]) {
  const next = lost.includes(handle) ? deriveAlternativeHandle(`${handle}_`, _id) : handle
  const reserved = handles.filter(({ name }) => name !== handle && !lost.includes(name))
  return {
    handle: next,
    handles: [{ name: next }, ...reserved],
    searchTokens: listSearchTokens({ handle: next, displayName }),
  }
}

/** Returns the field and value that two documents share; undefined for other errors. */
function readDuplicate(error: unknown): Record<string, string> | undefined {
  if (!(error instanceof mongoose.mongo.MongoServerError) || error.code !== duplicateKeyCode) return undefined
  const value: unknown = error['keyValue']
  return typeof value === 'object' && value !== null ? { ...value } : undefined
}

/** Gives the role ADMIN to the users in the admin registry alone, which was copied after them and decides. */
export async function alignRolesWithRegistry(database: mongo.Db): Promise<void> {
  const users = database.collection<Users>('users')
  const registries = database.collection<AdminRegistryDocument>('roles')
  const registry = await registries.findOne({})
  if (!registry) return
  const exists = { _id: { $in: registry.administrators }, deletedAt: { $exists: false } }
  const found = await users.find(exists, { projection: { _id: 1 } }).toArray()
  const administrators = found.map(({ _id }) => _id)
  await registries.updateOne({ _id: registry._id }, { $set: { administrators } })
  await users.updateMany({ role: 'ADMIN', _id: { $nin: administrators } }, { $set: { role: 'MEMBER' } })
  await users.updateMany({ _id: { $in: administrators } }, { $set: { role: 'ADMIN' } })
}

/** Deletes replies whose parent is missing: both were written during the backup, the parent too late to be copied. */
export async function deleteOrphanedReplies(database: mongo.Db): Promise<void> {
  const comments = database.collection<CommentDocument>('comments')
  let deletedCount: number
  // Each pass can orphan replies of the next level.
  do {
    deletedCount = 0
    for await (const parentIds of readParentIds(comments)) {
      const found = await comments
        .find({ _id: { $in: parentIds } }, { projection: { _id: 1 } })
        .batchSize(maxBatchSize)
        .toArray()
      const existing = new Set(found.map(({ _id }) => _id))
      const missing = parentIds.filter((id) => !existing.has(id))
      if (missing.length === 0) continue
      deletedCount += (await comments.deleteMany({ parentId: { $in: missing } })).deletedCount
    }
  } while (deletedCount > 0)
}

/** Yields the IDs of all comments with replies, in their order, in pages. */
async function* readParentIds(comments: mongo.Collection<CommentDocument>): AsyncGenerator<string[]> {
  for (let after = ''; ;) {
    const found = await comments
      .find({ parentId: { $gt: after } }, { projection: { _id: 0, parentId: 1 } })
      .sort({ parentId: 1 })
      .limit(maxBatchSize)
      .toArray()
    const ids = [...new Set(found.flatMap(({ parentId }) => parentId ?? []))]
    const last = ids.at(-1)
    if (last === undefined) return
    yield ids
    after = last
  }
}

/** Marks all comments as not counted, since a backup has no counts: they are counted as soon as a process requests them. */
export async function markCommentsUncounted(database: mongo.Db): Promise<void> {
  await database
    .collection<CommentDocument>('comments')
    .updateMany({}, [{ $set: { uncountedIn: '$postId' } }])
}
