import type { Connection } from 'mongoose'

import { createLeases } from '../../../../packages/event-log/mongo'
import { ensureIndexes, firstBatchSize, requireDb } from '../../../../packages/subgraph-kit/mongo'
import {
  finishedMailLifetimeMs,
  firstRetryDelayMs,
  maxRetryDelayMs,
  type AddressedMail,
  type MailOutcome,
  type NewMail,
  type QueuedMail,
} from '../../domain/mail/mail'
import { createMailModel, type MailDocument } from './models'

export type MailRepository = ReturnType<typeof createMailRepository>

/** The mails that wait to be sent. */
export interface MailBacklog {
  /** At most 10,000. */
  count: number
  /** When the oldest of them was added; undefined without any. */
  oldestAt: Date | undefined
}

const maxCountedMails = 10_000

/** Reads and writes the queue of mails. */
export function createMailRepository(connection: Connection) {
  const model = createMailModel(connection)
  return {
    prepare: () => ensureIndexes(model),

    /**
     * Runs work in one process at a time, as long as this process holds the lease of the sender. Waits for the lease.
     *
     * @throws AbortError when the signal is aborted while it waits
     */
    runAsSender: (work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> =>
      createLeases(requireDb(connection)).hold('mails', work, signal),

    /** Adds mails. Idempotent: a key that was added before adds nothing, even if its mail was sent. */
    async enqueue(mails: readonly NewMail[], now: Date): Promise<void> {
      if (mails.length === 0) return
      const writes = mails.map(({ key, recipient, template }) => ({
        updateOne: {
          filter: { _id: key },
          update: { $setOnInsert: { recipient, template, createdAt: now, dueAt: now, attempts: 0 } },
          upsert: true,
        },
      }))
      await model.bulkWrite(writes, { ordered: false, timestamps: false })
    },

    /** Returns the keys of mails that are due, the one that has waited longest first. */
    async findDueKeys(now: Date, limit: number): Promise<string[]> {
      const documents = await model
        .find({ dueAt: { $lte: now } }, { _id: 1 })
        .sort({ dueAt: 1 })
        .limit(limit)
        .lean<Pick<MailDocument, '_id'>[]>()
      return documents.map(({ _id }) => _id)
    },

    /**
     * Begins an attempt, and schedules the next one, in case that this one fails or its process ends.
     *
     * @returns undefined if the mail is not due any more
     */
    async beginAttempt(key: string, now: Date): Promise<QueuedMail | undefined> {
      const delay = { $multiply: [firstRetryDelayMs, { $pow: [2, '$attempts'] }] }
      const dueAt = { $add: [now, { $toLong: { $min: [maxRetryDelayMs, delay] } }] }
      const mail = await model
        .findOneAndUpdate(
          { _id: key, dueAt: { $lte: now } },
          [{ $set: { dueAt, attempts: { $add: ['$attempts', 1] } } }],
          { returnDocument: 'after', updatePipeline: true },
        )
        .lean<MailDocument | null>()
      return mail ? toQueuedMail(mail) : undefined
    },

    /**
     * Records why an attempt failed. The next one is scheduled already.
     *
     * @param dueAt replaces the time of the next attempt
     */
    async recordFailure(key: string, error: string, dueAt?: Date): Promise<void> {
      const update = { error, ...(dueAt && { dueAt }) }
      await model.updateOne({ _id: key, dueAt: { $exists: true } }, { $set: update })
    },

    /**
     * Ends a mail. Its address and its texts are deleted; the key remains for {@link finishedMailLifetimeMs}.
     *
     * @param content to be kept, in development
     */
    async finish(key: string, outcome: MailOutcome, now: Date, content?: AddressedMail): Promise<void> {
      await model.updateOne(
        { _id: key },
        {
          $set: { outcome, finishedAt: now, ...(content && { content }) },
          $unset: { dueAt: 1, recipient: 1, template: 1 },
        },
      )
    },

    /** Returns the newest mails that were kept, in development. */
    async findKept(limit: number): Promise<{ key: string; at: Date; content: AddressedMail }[]> {
      const documents = await model
        .find({ outcome: 'kept', finishedAt: { $exists: true } })
        .sort({ finishedAt: -1 })
        .limit(limit)
        .lean<MailDocument[]>()
      return documents.flatMap(({ _id, finishedAt, content }) =>
        finishedAt && content ? [{ key: _id, at: finishedAt, content }] : [],
      )
    },

    /** Returns how many mails wait, also those whose next attempt is not due. */
    async readBacklog(): Promise<MailBacklog> {
      const waiting = { dueAt: { $exists: true } }
      const rows = await model
        .aggregate<MailBacklog & { _id: null }>([
          { $match: waiting },
          { $limit: maxCountedMails },
          { $group: { _id: null, count: { $sum: 1 }, oldestAt: { $min: '$createdAt' } } },
        ])
        .option({ batchSize: firstBatchSize })
      return { count: rows[0]?.count ?? 0, oldestAt: rows[0]?.oldestAt }
    },

    /** Deletes the records of mails that have been finished for a long time. */
    async deleteFinished(now: Date): Promise<void> {
      await model.deleteMany({ finishedAt: { $lte: new Date(now.getTime() - finishedMailLifetimeMs) } })
    },
  }
}

function toQueuedMail({
  _id,
  recipient,
  template,
  createdAt,
  attempts,
}: MailDocument): QueuedMail | undefined {
  return recipient && template && { key: _id, recipient, template, createdAt, attempts }
}
