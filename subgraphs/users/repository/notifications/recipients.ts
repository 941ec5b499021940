import type { Connection } from 'mongoose'

import { readBounds } from '../../../../packages/platform'
import { firstBatchSize } from '../../../../packages/subgraph-kit/mongo'
import type { NotificationType } from '../../domain/notifications/types'
import type { Recipient } from '../../domain/notifications/recipient'
import type { ChangedChannels, NotificationSetting } from '../../domain/notifications/settings'
import { accountsOnly, type UserDocument } from '../models'

export type RecipientRepository = ReturnType<typeof createRecipientRepository>

/** Selects users. */
interface RecipientFilter {
  ids: readonly string[]
  /** In lower case. */
  handles: readonly string[]
}

const recipientProjection = {
  handle: 1,
  displayName: 1,
  role: 1,
  email: 1,
  suspension: 1,
  notificationChannels: 1,
} as const
type RecipientDocument = Pick<UserDocument, '_id' | 'handle' | 'displayName' | 'role' | 'email'> &
  Pick<Recipient, 'suspension' | 'notificationChannels'>

/** Reads the part of users that matters for notifications, and writes their settings. */
export function createRecipientRepository(connection: Connection) {
  const users = connection.collection<RecipientDocument & { deletedAt?: Date }>('users')
  return {
    /** Returns the existing users that match. */
    async find({ ids, handles }: RecipientFilter): Promise<Recipient[]> {
      const alternatives = [
        ...(ids.length > 0 ? [{ _id: { $in: [...ids] } }] : []),
        ...(handles.length > 0 ? [{ handle: { $in: [...handles] } }] : []),
      ]
      if (alternatives.length === 0) return []
      const documents = await users
        .find({ $or: alternatives, ...accountsOnly }, { projection: recipientProjection, ...readBounds() })
        .batchSize(firstBatchSize)
        .toArray()
      return documents.map(({ _id, email, ...rest }) => ({ id: _id, hasEmail: email !== null, ...rest }))
    },

    /** Returns the settings that a user has changed. */
    async findChannels(userId: string): Promise<ChangedChannels> {
      const options = { projection: { notificationChannels: 1 }, ...readBounds() }
      const found = await users.findOne({ _id: userId, ...accountsOnly }, options)
      return found?.notificationChannels ?? {}
    },

    /** Writes settings of a user. */
    async writeChannels(userId: string, settings: readonly NotificationSetting[]): Promise<void> {
      const set = Object.fromEntries(
        settings.map(({ type, channels }) => [`notificationChannels.${type}`, [...channels]]),
      )
      await users.updateOne({ _id: userId, ...accountsOnly }, { $set: set })
    },

    /** Turns off the mails of a type, for a user who may have other channels. */
    async removeEmailChannel(
      userId: string,
      type: NotificationType,
      defaults: readonly string[],
    ): Promise<void> {
      const field = `notificationChannels.${type}`
      const channels = { $ifNull: [`$${field}`, { $literal: [...defaults] }] }
      await users.updateOne({ _id: userId, ...accountsOnly }, [
        { $set: { [field]: { $filter: { input: channels, cond: { $ne: ['$$this', 'EMAIL'] } } } } },
      ])
    },
  }
}
