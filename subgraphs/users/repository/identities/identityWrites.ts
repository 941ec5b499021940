import type { QueryFilter, UpdateQuery } from 'mongoose'

import { pushEvents } from '../../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../../packages/event-log/outbox'
import { readDuplicateKeyField } from '../../../../packages/subgraph-kit/mongo'
import { toIdentityLinked } from '../../domain/domainEvents'
import type { LinkedIdentity } from '../../domain/identities/identity'
import type { Account } from '../../domain/user'
import { listEmailKeys } from '../derivedFields'
import { toAccount, toUserDocument } from '../documents'
import { accountsOnly, type UserDocument, type UserModel } from '../models'

/** The index that makes identities unique among all users. */
export const identityKeyField = 'identities.key'

/** Creates the reads and writes of linked identities. Every write is one atomic operation on the user's document. */
export function createIdentityWrites(model: UserModel, publishPendingEvents: PublishPendingEvents) {
  /** Adds the identity to an account, with the domain event by which its owner receives a mail. */
  async function addIdentity(
    filter: QueryFilter<UserDocument>,
    identity: LinkedIdentity,
    update: UpdateQuery<UserDocument> = { $push: { identities: identity } },
  ): Promise<Account | undefined | 'identity'> {
    const { $push, $inc } = pushEvents(toIdentityLinked(identity, identity.linkedAt))
    try {
      const document = await model
        .findOneAndUpdate(
          { ...filter, ...accountsOnly },
          { ...update, $push: { ...update.$push, ...$push }, $inc: { ...update.$inc, ...$inc } },
          { returnDocument: 'after' },
        )
        .lean<UserDocument | null>()
      if (!document) return undefined
      publishPendingEvents(document._id)
      return toAccount(document)
    } catch (error) {
      if (readDuplicateKeyField(error) === identityKeyField) return 'identity'
      throw error
    }
  }

  return {
    async accountByIdentity(key: string): Promise<Account | undefined> {
      const document = await model
        .findOne({ [identityKeyField]: key, ...accountsOnly })
        .lean<UserDocument | null>()
      return document ? toAccount(document) : undefined
    },

    /** @returns false if another account has the handle, the email address or the identity */
    async insertAccountWithIdentity(account: Account): Promise<boolean> {
      try {
        await model.create(toUserDocument(account))
        return true
      } catch (error) {
        if (readDuplicateKeyField(error) === undefined) throw error
        return false
      }
    },

    /** Links an identity to an account without one of this provider. @returns undefined if it has one, or is deleted */
    linkIdentity: (id: string, identity: LinkedIdentity) =>
      addIdentity({ _id: id, ...withoutProvider(identity) }, identity),

    /**
     * Links an identity to an account that has verified this address, and that has no identity of this provider.
     *
     * @returns undefined if the account has changed in the meantime
     */
    linkIdentityByEmail: (id: string, email: string, identity: LinkedIdentity) =>
      addIdentity(
        {
          _id: id,
          emailKey: { $in: listEmailKeys(email) },
          emailVerifiedAt: { $type: 'date' },
          ...withoutProvider(identity),
        },
        identity,
      ),

    /**
     * Gives an account whose address was never verified to the person who has proven it: the password, all sessions and
     * all identities of the person who signed up with it end in the same write.
     *
     * @returns undefined if the account has changed in the meantime
     */
    claimAccount: (id: string, email: string, identity: LinkedIdentity) =>
      addIdentity(
        { _id: id, emailKey: { $in: listEmailKeys(email) }, emailVerifiedAt: { $not: { $type: 'date' } } },
        identity,
        {
          $set: {
            emailVerifiedAt: identity.linkedAt,
            passwordHash: null,
            identities: [identity],
            revokedAt: identity.linkedAt,
          },
          // Mails that the other person has requested must not give the account back to them.
          $unset: { verification: '', resetToken: '' },
          $inc: { sessionEpoch: 1, tokenVersion: 1 },
        },
      ),

    /**
     * Removes the identity of a provider, unless the user could not sign in any more.
     *
     * @param isPasswordEnough whether an account with a password needs no identity
     * @returns the account; undefined if it has no such identity, or if it is the last way to sign in
     */
    async unlinkIdentity(
      id: string,
      provider: string,
      isPasswordEnough: boolean,
    ): Promise<Account | undefined> {
      const otherWays = [
        { 'identities.1': { $exists: true } },
        ...(isPasswordEnough ? [{ passwordHash: { $type: 'string' as const } }] : []),
      ]
      const document = await model
        .findOneAndUpdate(
          { _id: id, 'identities.provider': provider, $or: otherWays, ...accountsOnly },
          [
            {
              $set: {
                identities: {
                  $filter: { input: '$identities', cond: { $ne: ['$$this.provider', provider] } },
                },
              },
            },
          ],
          { returnDocument: 'after', updatePipeline: true },
        )
        .lean<UserDocument | null>()
      return document ? toAccount(document) : undefined
    },
  }
}

/** Part of a filter: an account has at most one identity of a provider. */
const withoutProvider = ({ provider }: LinkedIdentity) => ({ 'identities.provider': { $ne: provider } })
