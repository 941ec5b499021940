import type { Connection, QueryFilter } from 'mongoose'

import { insertWithEvents, pushEvents } from '../../../../packages/event-log/mongo'
import {
  publishLater,
  type PendingEvent,
  type PublishPendingEvents,
} from '../../../../packages/event-log/outbox'
import { readDuplicateKeyField, toStoredDocument } from '../../../../packages/subgraph-kit/mongo'
import { verificationLifetimeMs, type StoredMailToken } from '../../domain/accounts/mailToken'
import { toEmailKey, type Account, type User } from '../../domain/user'
import { toAccount } from '../documents'
import { deriveFields } from '../derivedFields'
import { createUserModel, accountsOnly, type PendingVerification, type UserDocument } from '../models'

export type VerificationRepository = ReturnType<typeof createVerificationRepository>

/** An address that waits for its verification, of an account or a pending sign-up. */
export interface VerificationTarget extends Pick<PendingVerification, 'address' | 'emailKey'> {
  userId: string
}

/** A verification whose mail may not be in the queue yet. */
export interface RequestedVerification extends PendingVerification {
  userId: string
  /** The address of the account that it replaces; undefined if there is none. */
  replacedAddress: string | undefined
}

const subtractLifetime = (now: Date) => new Date(now.getTime() - verificationLifetimeMs)

/** Part of a filter: accounts and pending sign-ups. */
const withoutTombstones = { deletedAt: { $exists: false } } as const
type TargetDocument = Pick<UserDocument, '_id' | 'email' | 'emailKey' | 'emailVerifiedAt' | 'verification'>
const targetProjection = { email: 1, emailKey: 1, emailVerifiedAt: 1, verification: 1 } as const

/** Reads and writes verifications of addresses, pending sign-ups, and the tokens of mails. */
export function createVerificationRepository(
  connection: Connection,
  publishPendingEvents: PublishPendingEvents = publishLater,
) {
  const model = createUserModel(connection)

  return {
    /**
     * Stores a pending sign-up, which reserves the handle.
     *
     * @returns `taken` if another account or pending sign-up has the handle
     */
    async insertPendingSignUp(
      { user, passwordHash, sessionEpoch, tokenVersion }: Account,
      pending: { until: Date; verification: PendingVerification; event: PendingEvent },
    ): Promise<'inserted' | 'taken'> {
      try {
        await model.create({
          ...toStoredDocument(user),
          // Without the key of the address, which is not reserved before it is verified.
          ...deriveFields({ ...user, email: null }),
          passwordHash,
          sessionEpoch,
          roleVersion: 0,
          tokenVersion,
          pendingUntil: pending.until,
          verification: pending.verification,
          ...insertWithEvents(pending.event),
        })
      } catch (error) {
        if (['handle', 'handles.name'].includes(readDuplicateKeyField(error) ?? '')) return 'taken'
        throw error
      }
      publishPendingEvents(user.id)
      return 'inserted'
    },

    /** Deletes pending sign-ups that were not verified in time. */
    async deleteExpiredSignUps(now: Date): Promise<void> {
      await model.deleteMany({ pendingUntil: { $lte: now } })
    },

    /** Removes the addresses that accounts have not verified in time. A new account keeps its address, and can verify it later. */
    async deleteExpiredVerifications(now: Date): Promise<void> {
      await model.updateMany(
        {
          'verification.emailKey': { $exists: true },
          'verification.requestedAt': { $lte: subtractLifetime(now) },
          'verification.token.expiresAt': { $not: { $gt: now } },
          pendingUntil: { $exists: false },
        },
        { $unset: { verification: 1 } },
        { hint: { 'verification.emailKey': 1 } },
      )
    },

    /** Replaces the pending verification of an account, and adds the event that requests its mails. */
    async requestVerification(
      userId: string,
      verification: PendingVerification,
      event: PendingEvent,
    ): Promise<boolean> {
      const { modifiedCount } = await model.updateOne(
        { _id: userId, ...accountsOnly },
        { $set: { verification }, ...pushEvents(event) },
      )
      if (modifiedCount === 1) publishPendingEvents(userId)
      return modifiedCount === 1
    },

    /** Returns the unverified address of an account or pending sign-up; undefined without one. */
    async findTargetById(userId: string): Promise<VerificationTarget | undefined> {
      const document = await model
        .findOne({ _id: userId, ...withoutTombstones }, targetProjection)
        .lean<TargetDocument | null>()
      return document ? toTarget(document) : undefined
    },

    /** Returns the account that has an unverified address, so that others cannot keep it from verifying; else the newest target. */
    async findTargetByAddress(address: string): Promise<VerificationTarget | undefined> {
      const emailKey = toEmailKey(address)
      const owner = await model
        .findOne({ emailKey, ...accountsOnly }, targetProjection)
        .lean<TargetDocument | null>()
      const own = owner ? toTarget(owner) : undefined
      if (own?.emailKey === emailKey) return own
      const newest = await model
        .findOne({ 'verification.emailKey': emailKey, ...withoutTombstones }, targetProjection)
        .sort({ _id: -1 })
        .lean<TargetDocument | null>()
      return newest ? toTarget(newest) : undefined
    },

    /**
     * Stores the token of a verification mail, which replaces that of an earlier mail. A change of the address gets tokens for 24
     * hours.
     *
     * @returns false if the address does not wait for its verification any more
     */
    async storeVerificationToken(
      { userId, address, emailKey }: VerificationTarget,
      token: StoredMailToken,
      now: Date,
    ): Promise<boolean> {
      const filter: QueryFilter<UserDocument> = {
        _id: userId,
        ...withoutTombstones,
        $or: [
          {
            'verification.emailKey': emailKey,
            $or: [{ 'verification.requestedAt': { $gt: subtractLifetime(now) } }, { emailKey }],
          },
          { verification: { $exists: false }, emailKey, emailVerifiedAt: { $exists: false } },
        ],
      }
      const { matchedCount } = await model.updateOne(
        filter,
        [
          {
            $set: {
              verification: {
                $mergeObjects: [{ requestedAt: now, address, emailKey }, '$verification', { token }],
              },
            },
          },
        ],
        { updatePipeline: true },
      )
      return matchedCount === 1
    },

    /**
     * Verifies the address of a token in one write: it becomes the address of the account, and a pending sign-up becomes
     * an account. The token is valid only once.
     *
     * @returns `unknown` for an invalid token, `taken` if another account has got the address in the meantime
     */
    async verifyEmail(
      hash: string,
      now: Date,
    ): Promise<{ user: User; wasPending: boolean } | 'unknown' | 'taken'> {
      const filter: QueryFilter<UserDocument> = {
        'verification.token.hash': hash,
        'verification.token.expiresAt': { $gt: now },
        ...withoutTombstones,
        $or: [{ pendingUntil: { $exists: false } }, { pendingUntil: { $gt: now } }],
      }
      const update = [
        {
          $set: {
            email: '$verification.address',
            emailKey: '$verification.emailKey',
            emailVerifiedAt: now,
            verification: '$$REMOVE',
            pendingUntil: '$$REMOVE',
            // A link that was sent to the old address must not give access to the account.
            resetToken: {
              $cond: [{ $eq: ['$emailKey', '$verification.emailKey'] }, '$resetToken', '$$REMOVE'],
            },
          },
        },
      ]
      try {
        const before = await model
          .findOneAndUpdate(filter, update, { returnDocument: 'before', updatePipeline: true })
          .lean<UserDocument | null>()
        if (!before?.verification) return 'unknown'
        const user = { ...toAccount(before).user, email: before.verification.address, emailVerifiedAt: now }
        return { user, wasPending: before.pendingUntil !== undefined }
      } catch (error) {
        if (readDuplicateKeyField(error) === 'emailKey') return 'taken'
        throw error
      }
    },

    /** Stores the token of a reset mail. @returns false if the account has got another address */
    async storeResetToken(userId: string, token: StoredMailToken): Promise<boolean> {
      const { matchedCount } = await model.updateOne(
        { _id: userId, emailKey: token.emailKey, ...accountsOnly },
        { $set: { resetToken: token } },
      )
      return matchedCount === 1
    },

    /** Returns the account of a valid reset token. */
    async findAccountByResetToken(hash: string, now: Date): Promise<Account | undefined> {
      const document = await model.findOne(buildResetFilter(hash, now)).lean<UserDocument | null>()
      return document ? toAccount(document) : undefined
    },

    /**
     * Sets the password of the account of a reset token, starts a new session epoch, revokes the access tokens, and stops a
     * change of the address, in one write. The token is valid only once, and proves the address.
     *
     * @returns undefined if the token is not valid any more
     */
    async resetPassword(hash: string, passwordHash: string, now: Date): Promise<Account | undefined> {
      const document = await model
        .findOneAndUpdate(
          buildResetFilter(hash, now),
          [
            {
              $set: {
                passwordHash: { $literal: passwordHash },
                revokedAt: now,
                sessionEpoch: { $add: ['$sessionEpoch', 1] },
                tokenVersion: { $add: [{ $ifNull: ['$tokenVersion', 0] }, 1] },
                emailVerifiedAt: { $ifNull: ['$emailVerifiedAt', now] },
                // Before the address was proven, another person may have linked their identity.
                identities: { $cond: [{ $ifNull: ['$emailVerifiedAt', false] }, '$identities', '$$REMOVE'] },
                resetToken: '$$REMOVE',
                verification: '$$REMOVE',
              },
            },
          ],
          { returnDocument: 'after', updatePipeline: true },
        )
        .lean<UserDocument | null>()
      return document ? toAccount(document) : undefined
    },

    /** Returns the verifications that were requested by an event at this time or later, at most 10,000. */
    async findRequestedSince(time: Date): Promise<RequestedVerification[]> {
      const documents = await model
        .find({ 'verification.emailKey': { $exists: true }, ...withoutTombstones }, targetProjection)
        .hint({ 'verification.emailKey': 1 })
        .where({ 'verification.requestedAt': { $gte: time } })
        .limit(10_000)
        .lean<TargetDocument[]>()
      return documents.flatMap(toRequestedVerification)
    },

    /** Returns the verifications among those of these users. */
    async findRequestedByIds(userIds: readonly string[]): Promise<RequestedVerification[]> {
      const documents = await model
        .find({ _id: { $in: [...userIds] }, ...withoutTombstones }, targetProjection)
        .lean<TargetDocument[]>()
      return documents.flatMap(toRequestedVerification)
    },
  }
}

/** A token that was sent to an address is valid only as long as the account has this address. */
const buildResetFilter = (hash: string, now: Date): QueryFilter<UserDocument> => ({
  'resetToken.hash': hash,
  'resetToken.expiresAt': { $gt: now },
  $expr: { $eq: ['$resetToken.emailKey', '$emailKey'] },
  ...accountsOnly,
})

function toTarget({ _id, email, emailKey, emailVerifiedAt, verification }: TargetDocument) {
  if (verification) return { userId: _id, address: verification.address, emailKey: verification.emailKey }
  const isUnverified = email !== null && emailKey !== undefined && emailVerifiedAt === undefined
  return isUnverified ? { userId: _id, address: email, emailKey } : undefined
}

function toRequestedVerification({ _id, email, emailKey, verification }: TargetDocument) {
  if (!verification) return []
  const isReplaced = emailKey !== undefined && emailKey !== verification.emailKey
  return [{ ...verification, userId: _id, replacedAddress: isReplaced ? (email ?? undefined) : undefined }]
}
