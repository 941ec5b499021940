import mongoose, { type Connection, type QueryFilter } from 'mongoose'

import {
  readDuplicateKeyField,
  ensureIndexes,
  firstBatchSize,
  toStoredDocument,
} from '../../../packages/subgraph-kit/mongo/database'
import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import { addEventsStage } from '../../../packages/event-log/mongo/documentOutbox'
import { publishLater, type PublishPendingEvents } from '../../../packages/event-log/outbox/outboxRelay'
import { createUserModel, notDeleted, buildTombstone, type UserDocument } from './models'
import { toEmailKey, type Account, type Profile, type User, type UserRole } from '../domain/user'

export type UserRepository = ReturnType<typeof createUserRepository>

/** What an account's insertion or change ran into: a field that is unique, and somebody else has its value. */
export type TakenField = 'handle' | 'email'

// What the use cases of signing in alone may see.
const secrets = {
  passwordHash: 0,
  sessionEpoch: 0,
  roleVersion: 0,
  emailKey: 0,
  tokenVersion: 0,
  revokedAt: 0,
} as const
type PublicDocument = Omit<UserDocument, keyof typeof secrets>

/**
 * Reads and writes users. Every write is one atomic operation on one document.
 *
 * @param tell told of what is written with events
 */
export function createUserRepository(connection: Connection, tell: PublishPendingEvents = publishLater) {
  const model = createUserModel(connection)

  async function findAccount(filter: QueryFilter<UserDocument>): Promise<Account | undefined> {
    const document = await model.findOne({ ...filter, ...notDeleted }).lean<UserDocument | null>()
    return document ? toAccount(document) : undefined
  }

  return {
    prepare: () => ensureIndexes(model),

    /** Those of these users that are there, by ID. */
    async usersByIds(ids: readonly string[]): Promise<Map<string, User>> {
      const documents = await model
        .find({ _id: { $in: ids }, ...notDeleted }, secrets)
        .batchSize(firstBatchSize)
        .lean<PublicDocument[]>()
      return new Map(documents.map((document) => [document._id, toUser(document)]))
    },

    /** The user with this handle, which must be in its stored form. */
    async userByHandle(handle: string): Promise<User | undefined> {
      const document = await model.findOne({ handle, ...notDeleted }, secrets).lean<PublicDocument | null>()
      return document ? toUser(document) : undefined
    },

    /** Whether there is nobody but administrators, whom a new system may be started with. */
    isEmpty: async (): Promise<boolean> => !(await model.exists({ role: { $ne: 'ADMIN' }, ...notDeleted })),

    accountById: (id: string) => findAccount({ _id: id }),
    accountByEmail: (email: string) => findAccount({ emailKey: toEmailKey(email) }),

    /**
     * Returns which of the two is taken; the unique indexes decide. A taken handle hides whether the email
     * is taken: handles are public, and only an attempt that would create an account may find out about an email.
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
        .find({ $or: [{ handle }, { emailKey: key }], ...notDeleted }, { handle: 1, emailKey: 1 })
        .lean<Pick<UserDocument, 'handle' | 'emailKey'>[]>()
      if (rows.some((row) => row.handle === handle)) return 'handle'
      return rows.length > 0 ? 'email' : undefined
    },

    /**
     * An ID that is known stays as it is: the account is there, or gone for good.
     *
     * @returns the unique field that somebody else has; undefined otherwise
     */
    async insertAccount({
      user,
      passwordHash,
      sessionEpoch,
      tokenVersion,
    }: Account): Promise<TakenField | undefined> {
      return orTaken(async () => {
        await model.create({
          ...toStoredDocument(user),
          ...(user.email !== null && { emailKey: toEmailKey(user.email) }),
          passwordHash,
          sessionEpoch,
          roleVersion: 0,
          tokenVersion,
        })
        return undefined
      })
    },

    /** @returns the user as they are now, undefined when they are gone, or the field that somebody else has */
    async updateProfile(id: string, changes: Partial<Profile>): Promise<User | undefined | TakenField> {
      return orTaken(async () => {
        const document = await model
          .findOneAndUpdate(
            { _id: id, ...notDeleted },
            { $set: changes },
            { returnDocument: 'after', projection: secrets },
          )
          .lean<PublicDocument | null>()
        return document ? toUser(document) : undefined
      })
    },

    /**
     * Sets a new password, begins a new epoch of sessions and revokes the user's access tokens in one step, if the hash
     * is still the one that the old password was checked against.
     *
     * @returns the account as it is now, or undefined when it has changed since, or is gone
     */
    async changePassword(
      id: string,
      { oldHash, newHash, now }: { oldHash: string; newHash: string; now: Date },
    ): Promise<Account | undefined> {
      const document = await model
        .findOneAndUpdate(
          { _id: id, passwordHash: oldHash, ...notDeleted },
          { $set: { passwordHash: newHash, revokedAt: now }, $inc: { sessionEpoch: 1, tokenVersion: 1 } },
          { returnDocument: 'after' },
        )
        .lean<UserDocument | null>()
      return document ? toAccount(document) : undefined
    },

    /** Lets somebody who has no password yet, as imported people have none, sign in with one. */
    async setInitialPassword(id: string, passwordHash: string): Promise<void> {
      await model.updateOne({ _id: id, passwordHash: null, ...notDeleted }, { $set: { passwordHash } })
    },

    /** Ends all sessions of a user that began in this epoch or before, and revokes the user's access tokens. */
    async endSessionEpoch(id: string, epoch: number, now: Date): Promise<void> {
      await model.updateOne(
        { _id: id, sessionEpoch: epoch, ...notDeleted },
        { $set: { revokedAt: now }, $inc: { sessionEpoch: 1, tokenVersion: 1 } },
      )
    },

    /**
     * Writes out what the ledger decided at `version`, and revokes the user's access tokens, which carry the old role;
     * a later decision that is written already stays.
     */
    async writeRole(id: string, role: UserRole, version: number, now: Date): Promise<void> {
      await model.updateOne(
        { _id: id, roleVersion: { $lt: version }, ...notDeleted },
        { $set: { role, roleVersion: version, revokedAt: now }, $inc: { tokenVersion: 1 } },
      )
    },

    /** Returns the users whose access tokens were revoked at this time or later, with the first version that is valid. */
    async findRevokedSince(time: Date): Promise<{ userId: string; tokenVersion: number }[]> {
      const documents = await model
        .find({ revokedAt: { $gte: time } }, { tokenVersion: 1 })
        .batchSize(firstBatchSize)
        .lean<Pick<UserDocument, '_id' | 'tokenVersion'>[]>()
      return documents.map(({ _id, tokenVersion = 0 }) => ({ userId: _id, tokenVersion }))
    },

    /**
     * Deletes a user for good; idempotent.
     *
     * @param requestedAt what the user has created from then on is to be removed by the other subgraphs
     */
    async deleteUser(id: string, now: Date, requestedAt?: Date): Promise<void> {
      const data = { ...(requestedAt && { requestedAt: requestedAt.toISOString() }) }
      const gone = createPendingEvent('user.deleted', data, now)
      const { modifiedCount } = await model.updateOne(
        { _id: id, ...notDeleted },
        [{ $replaceWith: { ...buildTombstone(now), ...addEventsStage(gone) } }],
        { updatePipeline: true },
      )
      if (modifiedCount === 1) tell(id)
    },

    importUsers: (users: readonly User[]) => importUsers(model, users),
  }
}

/**
 * Inserts those of these users that are not there yet; one that is there stays as it is, and one that is gone
 * stays gone. An import makes no administrators: their number is the ledger's.
 *
 * @returns how many are new, and the IDs of those whose handle or address somebody else has, who are left out
 */
async function importUsers(
  model: ReturnType<typeof createUserModel>,
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
    const problems = [error.writeErrors].flat()
    if (problems.length === 0 || problems.some(({ code }) => code !== 11000)) throw error
    const conflicts = problems.flatMap(({ index }) => users[index]?.id ?? [])
    return { inserted: error.upsertedCount, conflicts }
  }
}

/** @returns what `write` does, or the unique field that somebody else has; undefined where the ID itself is known */
async function orTaken<Result>(write: () => Promise<Result>): Promise<Result | TakenField | undefined> {
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

function toUser({ _id, ...rest }: PublicDocument): User {
  return { id: _id, ...rest }
}

function toAccount({
  passwordHash,
  sessionEpoch,
  roleVersion: _,
  emailKey: __,
  tokenVersion = 0,
  revokedAt: ___,
  ...rest
}: UserDocument): Account {
  return { user: toUser(rest), passwordHash, sessionEpoch, tokenVersion }
}
