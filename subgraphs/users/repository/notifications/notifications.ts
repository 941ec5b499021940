import type { Connection } from 'mongoose'

import { ensureIndexes, firstBatchSize, readBulkDuplicates } from '../../../../packages/subgraph-kit/mongo'
import { notificationLifetimeMs, type Notification } from '../../domain/notifications/notification'
import { createInboxQueries } from './inbox'
import { createHiddenSubjectModel, createNotificationModel, type NotificationDocument } from './models'

export type NotificationRepository = ReturnType<typeof createNotificationRepository>

/** A new notification, with the keys by which it is retracted. */
export type NewNotification = Notification & { retractionKeys: readonly string[] }

/** Reads and writes notifications. Every write is idempotent, since the events that cause it are delivered at least once. */
export function createNotificationRepository(connection: Connection) {
  const model = createNotificationModel(connection)
  const hiddenSubjects = createHiddenSubjectModel(connection)

  return {
    prepare: () => ensureIndexes(model, hiddenSubjects),

    ...createInboxQueries(connection, model),

    /**
     * Inserts notifications, except those that were inserted before.
     *
     * @returns the IDs of those that exist: not retracted, and not deleted with their recipient
     */
    async insert(notifications: readonly NewNotification[]): Promise<Set<string>> {
      if (notifications.length === 0) return new Set()
      const documents = notifications.map(({ id, ...fields }) => ({
        _id: id,
        ...fields,
        isUnread: true as const,
      }))
      try {
        await model.insertMany(documents, { ordered: false, lean: true })
      } catch (error) {
        readBulkDuplicates(error)
      }
      const existing = await model
        .find({ _id: { $in: documents.map(({ _id }) => _id) }, retractedAt: { $exists: false } }, { _id: 1 })
        .batchSize(firstBatchSize)
        .lean<{ _id: string }[]>()
      return new Set(existing.map(({ _id }) => _id))
    },

    /** Replaces the unread notifications with one of these keys by tombstones. */
    async retract(keys: readonly string[], now: Date): Promise<void> {
      if (keys.length === 0) return
      await model.updateMany(
        { retractionKeys: { $in: keys }, isUnread: true },
        [{ $replaceWith: { _id: '$_id', createdAt: '$createdAt', retractedAt: now } }],
        { updatePipeline: true },
      )
    },

    /** Records which entities can no longer be seen, and which can be seen again. */
    async writeHidden(subjects: ReadonlyMap<string, boolean>, now: Date): Promise<void> {
      if (subjects.size === 0) return
      const writes = [...subjects].map(([_id, hidden]) =>
        hidden
          ? { updateOne: { filter: { _id }, update: { $set: { at: now } }, upsert: true } }
          : { deleteOne: { filter: { _id } } },
      )
      await hiddenSubjects.bulkWrite(writes, { ordered: false })
    },

    /** Returns which of these entities can no longer be seen. */
    async findHidden(ids: readonly string[]): Promise<Set<string>> {
      if (ids.length === 0) return new Set()
      const hidden = await hiddenSubjects
        .find({ _id: { $in: ids } }, { _id: 1 })
        .batchSize(firstBatchSize)
        .lean<{ _id: string }[]>()
      return new Set(hidden.map(({ _id }) => _id))
    },

    /**
     * Returns when a notification was created, also one that was retracted.
     *
     * @returns undefined for an unknown one, and for that of another recipient
     */
    async findCreationTime(id: string, recipientId: string): Promise<Date | undefined> {
      const found = await model.findById(id).lean<NotificationDocument | null>()
      const isOfOther = found && 'recipientId' in found && found.recipientId !== recipientId
      return isOfOther ? undefined : found?.createdAt
    },

    /** Marks single notifications of a user as read. */
    async markRead(recipientId: string, ids: readonly string[], now: Date): Promise<void> {
      if (ids.length === 0) return
      await model.updateMany(
        { _id: { $in: ids }, recipientId, isUnread: true },
        { $set: { readAt: now }, $unset: { isUnread: 1 } },
      )
    },

    /** Marks a notification of a user and all older ones as read. */
    async markReadUpTo(
      recipientId: string,
      { id, createdAt }: Pick<Notification, 'id' | 'createdAt'>,
      now: Date,
    ): Promise<void> {
      await model.updateMany(
        {
          recipientId,
          isUnread: true,
          $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lte: id } }],
        },
        { $set: { readAt: now }, $unset: { isUnread: 1 } },
      )
    },

    /** Deletes the notifications to a user. */
    async deleteOf(recipientId: string): Promise<void> {
      await model.deleteMany({ recipientId })
    },

    /** Deletes notifications older than {@link notificationLifetimeMs}. */
    async deleteExpired(now: Date): Promise<void> {
      const before = new Date(now.getTime() - notificationLifetimeMs)
      await model.deleteMany({ createdAt: { $lt: before } })
      await hiddenSubjects.deleteMany({ at: { $lt: before } })
    },
  }
}
