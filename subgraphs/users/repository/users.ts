import mongoose, { type Connection, type QueryFilter } from 'mongoose'

import { addEventsStage, pushEvents, insertWithEvents } from '../../../packages/event-log/mongo'
import {
  publishLater,
  type PublishPendingEvents,
  type PendingEvent,
} from '../../../packages/event-log/outbox'
import {
  ensureIndexes,
  firstBatchSize,
  readDuplicateKeyField,
  toStoredDocument,
} from '../../../packages/subgraph-kit/mongo'
import type { RoleChange } from '../domain/adminRegistry'
import {
  toContentRemovalRequested,
  toRoleChanged,
  toUserDeleted,
  type ContentRemoval,
} from '../domain/domainEvents'
import { toEmailKey, type Account, type Profile, type User } from '../domain/user'
import { publicProjection, toAccount, toUser, toUserDocument, type PublicUserDocument } from './documents'
import { createIdentityWrites } from './identities/identityWrites'
import {
  buildTombstone,
  createUserModel,
  notDeleted,
  type PendingVerification,
  type UserDocument,
  type UserModel,
} from './models'

export type UserRepository = ReturnType<typeof createUserRepository>

/** A unique field whose value belongs to another account. */
export type TakenField = 'handle' | 'email'

/**
 * Reads and writes users. Every write is one atomic operation on one document.
 *
 * @param publishPendingEvents called after writes that add domain events to the outbox
 */
export function createUserRepository(
  connection: Connection,
  publishPendingEvents: PublishPendingEvents = publishLater,
) {
  const model = createUserModel(connection)

  async function findAccount(filter: QueryFilter<UserDocument>): Promise<Account | undefined> {
    const document = await model.findOne({ ...filter, ...notDeleted }).lean<UserDocument | null>()
    return document ? toAccount(document) : undefined
  }

  return {
    ...createIdentityWrites(model),

    prepare: () => ensureIndexes(model),

    /** Returns the existing users among these, by ID. */
    async usersByIds(ids: readonly string[]): Promise<Map<string, User>> {
      const documents = await model
        .find({ _id: { $in: ids }, ...notDeleted }, publicProjection)
        .batchSize(firstBatchSize)
        .lean<PublicUserDocument[]>()
      return new Map(documents.map((document) => [document._id, toUser(document)]))
    },

    /** @param handle in its stored form */
    async userByHandle(handle: string): Promise<User | undefined> {
      const document = await model
        .findOne({ handle, ...notDeleted }, publicProjection)
        .lean<PublicUserDocument | null>()
      return document ? toUser(document) : undefined
    },

    /** Returns whether there are no users besides administrators, which a new system may start with. */
    isEmpty: async (): Promise<boolean> => !(await model.exists({ role: { $ne: 'ADMIN' }, ...notDeleted })),

    accountById: (id: string) => findAccount({ _id: id }),
    accountByEmail: (email: string) => findAccount({ emailKey: toEmailKey(email) }),

    /**
     * Returns which of the two is taken. A hint before the insertion: the unique indexes decide. If the handle is
     * taken, the result does not reveal whether the email address is: handles are public, and only an attempt that
     * would otherwise create an account may learn that an address is registered. Pending sign-ups reserve handles only.
     */
    async findTakenField({
      handle,
      email,
    }: {
      handle: string
      email: string
    }): Promise<TakenField | undefined> {
      const key = toEmailKey(email)
      const rows = await model
        .find({ $or: [{ handle }, { emailKey: key }] }, { handle: 1, emailKey: 1 })
        .lean<Pick<UserDocument, 'handle' | 'emailKey'>[]>()
      if (rows.some((row) => row.handle === handle)) return 'handle'
      return rows.length > 0 ? 'email' : undefined
    },

    /**
     * Inserts an account. Does nothing if the ID is known, of an existing or of a deleted account.
     *
     * @param request the verification of its address, with the event that requests the mail
     * @returns the field whose value another account has; undefined otherwise
     */
    async insertAccount(
      account: Account,
      request?: { verification: PendingVerification; event: PendingEvent },
    ): Promise<TakenField | undefined> {
      return catchTakenField(async () => {
        await model.create({
          ...toUserDocument(account),
          ...(request && { verification: request.verification, ...insertWithEvents(request.event) }),
        })
        if (request) publishPendingEvents(account.user.id)
        return undefined
      })
    },

    /** @returns the updated user; undefined if the account was deleted; or the field whose value another account has */
    async updateProfile(id: string, changes: Partial<Profile>): Promise<User | undefined | TakenField> {
      return catchTakenField(async () => {
        const document = await model
          .findOneAndUpdate(
            { _id: id, ...notDeleted },
            { $set: changes },
            { returnDocument: 'after', projection: publicProjection },
          )
          .lean<PublicUserDocument | null>()
        return document ? toUser(document) : undefined
      })
    },

    /**
     * Sets a new password, starts a new session epoch and revokes the user's access tokens in one write, provided that
     * the stored hash is still the one against which the old password was verified.
     *
     * @returns the updated account; undefined if the password was changed or the account deleted in the meantime
     */
    async changePassword(
      id: string,
      { oldHash, newHash, now }: { oldHash: string | null; newHash: string; now: Date },
    ): Promise<Account | undefined> {
      const document = await model
        .findOneAndUpdate(
          { _id: id, passwordHash: oldHash, ...notDeleted },
          {
            $set: { passwordHash: newHash, revokedAt: now },
            $unset: { resetToken: 1 },
            $inc: { sessionEpoch: 1, tokenVersion: 1 },
          },
          { returnDocument: 'after' },
        )
        .lean<UserDocument | null>()
      return document ? toAccount(document) : undefined
    },

    /** Sets a password for an account without one, such as an imported one. */
    async setInitialPassword(id: string, passwordHash: string): Promise<void> {
      await model.updateOne({ _id: id, passwordHash: null, ...notDeleted }, { $set: { passwordHash } })
    },

    /** Ends all sessions of a user of this epoch and earlier ones, and revokes the user's access tokens. */
    async endSessionEpoch(id: string, epoch: number, now: Date): Promise<void> {
      await model.updateOne(
        { _id: id, sessionEpoch: epoch, ...notDeleted },
        { $set: { revokedAt: now }, $inc: { sessionEpoch: 1, tokenVersion: 1 } },
      )
    },

    /**
     * Applies the role and the suspension that the admin registry decided at `version`, and revokes the user's access
     * tokens, which contain the old ones. Idempotent; has no effect after a later decision was applied.
     */
    async writeRole(change: RoleChange & { kind: 'role' }, version: number, now: Date): Promise<void> {
      const { userId, role, suspension } = change
      const { $push, $inc } = pushEvents(toRoleChanged(change, now))
      const { matchedCount } = await model.updateOne(
        { _id: userId, roleVersion: { $lt: version }, ...notDeleted },
        {
          $set: { role, roleVersion: version, revokedAt: now, ...(suspension && { suspension }) },
          ...(suspension === null && { $unset: { suspension: 1 } }),
          $push,
          $inc: { ...$inc, tokenVersion: 1 },
        },
      )
      if (matchedCount === 1) publishPendingEvents(userId)
    },

    /**
     * Returns the users whose access tokens were revoked at this time or later, with the lowest valid token version.
     */
    async findRevokedSince(time: Date): Promise<{ userId: string; tokenVersion: number }[]> {
      const documents = await model
        .find({ revokedAt: { $gte: time } }, { tokenVersion: 1 })
        .batchSize(firstBatchSize)
        .lean<Pick<UserDocument, '_id' | 'tokenVersion'>[]>()
      return documents.map(({ _id, tokenVersion = 0 }) => ({ userId: _id, tokenVersion }))
    },

    /**
     * Deletes a user permanently; idempotent.
     *
     * @param requestedAt see {@link toUserDeleted}
     */
    async deleteUser(id: string, now: Date, requestedAt?: Date): Promise<void> {
      const { modifiedCount } = await model.updateOne(
        { _id: id, ...notDeleted },
        [{ $replaceWith: { ...buildTombstone(now), ...addEventsStage(toUserDeleted(now, requestedAt)) } }],
        { updatePipeline: true },
      )
      if (modifiedCount === 1) publishPendingEvents(id)
    },

    /** Requests the removal of content by a domain event in the outbox of the moderator, who exists in any case. */
    async requestContentRemoval(removal: ContentRemoval, now: Date): Promise<void> {
      const { moderatorId } = removal
      await model.updateOne({ _id: moderatorId }, pushEvents(toContentRemovalRequested(removal, now)))
      publishPendingEvents(moderatorId)
    },

    importUsers: (users: readonly User[]) => importUsers(model, users),
  }
}

/**
 * Inserts new users, skipping existing and deleted ones. Imported users are never administrators, since the admin
 * registry alone appoints them.
 *
 * @returns the number of inserted users, and the IDs of users that were rejected because their handle or address is
 *   taken
 */
async function importUsers(
  model: UserModel,
  users: readonly User[],
): Promise<{ inserted: number; conflicts: string[] }> {
  if (users.length === 0) return { inserted: 0, conflicts: [] }
  const writes = users.map((user) => {
    const { _id, ...rest } = toStoredDocument(user)
    const row = {
      ...rest,
      ...(user.email !== null && { emailKey: toEmailKey(user.email) }),
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
    if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) throw error
    const writeErrors = [error.writeErrors].flat()
    if (writeErrors.length === 0 || writeErrors.some(({ code }) => code !== 11000)) throw error
    const conflicts = writeErrors.flatMap(({ index }) => users[index]?.id ?? [])
    return { inserted: error.upsertedCount, conflicts }
  }
}

/** Runs a write and returns its result, the field that violates a unique index, or undefined for a known ID. */
async function catchTakenField<Result>(
  write: () => Promise<Result>,
): Promise<Result | TakenField | undefined> {
  try {
    return await write()
  } catch (error) {
    const field = readDuplicateKeyField(error)
    if (field === 'handle') return 'handle'
    if (field === 'emailKey') return 'email'
    if (field === '_id') return undefined
    throw error
  }
}
