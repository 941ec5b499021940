import type { Connection, QueryFilter } from 'mongoose'

import { addEventsStage, pushEvents, insertWithEvents } from '../../../packages/event-log/mongo'
import {
  publishLater,
  type PublishPendingEvents,
  type PendingEvent,
} from '../../../packages/event-log/outbox'
import { ensureIndexes, firstBatchSize } from '../../../packages/subgraph-kit/mongo'
import type { RoleChange } from '../domain/adminRegistry'
import {
  toContentRemovalRequested,
  toProfileChanged,
  toRoleChanged,
  toUserDeleted,
  type ContentRemoval,
} from '../domain/domainEvents'
import { toEmailKey, toSpelledEmailKey } from '../domain/emailAddresses'
import { changeHandle } from '../domain/handles'
import type { Account, Profile, User } from '../domain/user'
import { listSearchTokens } from '../domain/userSearch'
import { publicProjection, toAccount, toUser, toUserDocument, type PublicUserDocument } from './documents'
import { listEmailKeys } from './derivedFields'
import { importUsers } from './importUsers'
import { releaseHandles } from './releaseHandles'
import { createIdentityWrites } from './identities/identityWrites'
import {
  buildTombstone,
  createUserModel,
  accountsOnly,
  type PendingVerification,
  type UserDocument,
} from './models'
import { catchTakenField, type TakenField } from './takenField'
import { createUserQueries } from './userQueries'
import { createUserSearch } from './userSearch'

export type UserRepository = ReturnType<typeof createUserRepository>

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
    const document = await model.findOne({ ...filter, ...accountsOnly }).lean<UserDocument | null>()
    return document ? toAccount(document) : undefined
  }

  return {
    ...createUserQueries(model),
    ...createIdentityWrites(model, publishPendingEvents),

    prepare: () => ensureIndexes(model),

    /** Returns whether there are no users besides administrators, which a new system may start with. */
    isEmpty: async (): Promise<boolean> => !(await model.exists({ role: { $ne: 'ADMIN' }, ...accountsOnly })),

    accountById: (id: string) => findAccount({ _id: id }),

    /** Of several accounts that one address belongs to (see migration 0031), returns the one with this spelling. */
    async accountByEmail(email: string): Promise<Account | undefined> {
      const documents = await model
        .find({ emailKey: { $in: listEmailKeys(email) }, ...accountsOnly })
        .lean<UserDocument[]>()
      const document = documents.find(({ emailKey }) => emailKey === toSpelledEmailKey(email)) ?? documents[0]
      return document && toAccount(document)
    },

    search: createUserSearch(model),

    /**
     * Returns which of these is taken. A hint before the insertion: the unique indexes decide. If the handle is
     * taken, the result does not reveal whether the email address is: handles are public, and only an attempt that
     * would otherwise create an account may learn that an address is registered. Pending sign-ups reserve handles only.
     */
    async findTakenField({
      handle,
      email,
    }: {
      handle: string
      email?: string
    }): Promise<TakenField | undefined> {
      const isTaken: QueryFilter<UserDocument>[] = [{ handle }, { 'handles.name': handle }]
      if (email !== undefined) isTaken.push({ emailKey: { $in: listEmailKeys(email) } })
      const rows = await model
        .find({ $or: isTaken }, { handle: 1, handles: 1 })
        .lean<Pick<UserDocument, 'handle' | 'handles'>[]>()
      const hasHandle = ({ handle: present, handles = [] }: Pick<UserDocument, 'handle' | 'handles'>) =>
        present === handle || handles.some(({ name }) => name === handle)
      if (rows.some(hasHandle)) return 'handle'
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

    /**
     * Changes a profile. A handle that is given up stays reserved for the account.
     *
     * @returns the updated user; undefined if the account was deleted; the field whose value another account has; or
     * `tooManyHandles` if the account would reserve too many
     */
    async updateProfile(
      id: string,
      changes: Partial<Profile>,
      now: Date,
    ): Promise<User | undefined | TakenField | 'tooManyHandles'> {
      for (;;) {
        const current = await model
          .findOne({ _id: id, ...accountsOnly }, { handle: 1, displayName: 1, handles: 1 })
          .lean<Pick<UserDocument, 'handle' | 'displayName' | 'handles'> | null>()
        if (!current) return undefined
        const { handle, displayName, handles = [] } = current
        const next = { handle, displayName, ...changes }
        const ownHandles = next.handle === handle ? handles : changeHandle(handles, handle, next.handle, now)
        if (!ownHandles) return 'tooManyHandles'
        const derived = {
          ...(next.handle !== handle && { handles: ownHandles }),
          ...((next.handle !== handle || next.displayName !== displayName) && {
            searchTokens: listSearchTokens(next),
          }),
        }
        const updated = await catchTakenField(async () => {
          const document = await model
            .findOneAndUpdate(
              { _id: id, handle, displayName, ...accountsOnly },
              { $set: { ...changes, ...derived }, ...pushEvents(toProfileChanged(now)) },
              { returnDocument: 'after', projection: publicProjection },
            )
            .lean<PublicUserDocument | null>()
          if (!document) return undefined
          publishPendingEvents(id)
          return toUser(document)
        })
        // Undefined when another request has changed the names in the meantime.
        if (updated !== undefined) return updated
      }
    },

    /**
     * Sets an email address by order of an operator. It is not verified, and links of mails to the address before become
     * invalid.
     *
     * @returns the updated account; undefined if it was deleted; `email` if another account has the address
     */
    async setEmail(id: string, email: string): Promise<Account | undefined | TakenField> {
      return catchTakenField(async () => {
        const document = await model
          .findOneAndUpdate(
            { _id: id, ...accountsOnly },
            {
              $set: { email, emailKey: toEmailKey(email) },
              $unset: { emailVerifiedAt: 1, verification: 1, resetToken: 1 },
            },
            { returnDocument: 'after' },
          )
          .lean<UserDocument | null>()
        return document ? toAccount(document) : undefined
      })
    },

    releaseHandles: (now: Date) => releaseHandles(model, now),

    /**
     * Sets a new password, starts a new session epoch, revokes the user's access tokens and stops a change of the address in
     * one write, provided that the stored hash is still the one against which the old password was verified.
     *
     * @returns the updated account; undefined if the password was changed or the account deleted in the meantime
     */
    async changePassword(
      id: string,
      { oldHash, newHash, now }: { oldHash: string | null; newHash: string; now: Date },
    ): Promise<Account | undefined> {
      const document = await model
        .findOneAndUpdate(
          { _id: id, passwordHash: oldHash, ...accountsOnly },
          [
            {
              $set: {
                passwordHash: { $literal: newHash },
                revokedAt: now,
                sessionEpoch: { $add: ['$sessionEpoch', 1] },
                tokenVersion: { $add: [{ $ifNull: ['$tokenVersion', 0] }, 1] },
                resetToken: '$$REMOVE',
                // Someone who knew the old password may have requested the change. The account's own address stays verifiable.
                verification: {
                  $cond: [{ $eq: ['$verification.emailKey', '$emailKey'] }, '$verification', '$$REMOVE'],
                },
              },
            },
          ],
          { returnDocument: 'after', updatePipeline: true },
        )
        .lean<UserDocument | null>()
      return document ? toAccount(document) : undefined
    },

    /** Sets a password for an account without one, such as an imported one. */
    async setInitialPassword(id: string, passwordHash: string): Promise<void> {
      await model.updateOne({ _id: id, passwordHash: null, ...accountsOnly }, { $set: { passwordHash } })
    },

    /** Ends all sessions of a user of this epoch and earlier ones, and revokes the user's access tokens. */
    async endSessionEpoch(id: string, epoch: number, now: Date): Promise<void> {
      await model.updateOne(
        { _id: id, sessionEpoch: epoch, ...accountsOnly },
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
        { _id: userId, roleVersion: { $lt: version }, ...accountsOnly },
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
        { _id: id, ...accountsOnly },
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
