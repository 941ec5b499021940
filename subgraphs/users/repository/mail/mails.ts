import { randomUUID } from 'node:crypto'
import type { Connection } from 'mongoose'

import { createLeases } from '../../../../packages/event-log/mongo'
import { ensureIndexes, firstBatchSize, requireDb } from '../../../../packages/subgraph-kit/mongo'
import {
  finishedMailLifetimeMs,
  firstRetryDelayMs,
  isUrgent,
  maxRetryDelayMs,
  type AddressedMail,
  type FinishedMail,
  type MailOutcome,
  type NewMail,
  type QueuedMail,
} from '../../domain/mail/mail'
import { createMailModel, urgentMailIndex, type MailDocument } from './models'

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

  /** Returns the keys of mails that are due: the urgent ones first, and of each kind those that have waited longest. */
  async function findDueKeys(now: Date, limit: number): Promise<string[]> {
    const due = { dueAt: { $lte: now } }
    const urgent = await model
      .find({ isUrgent: true, ...due }, { _id: 1 })
      .sort({ dueAt: 1 })
      .limit(limit)
      .hint(urgentMailIndex)
      .lean<Pick<MailDocument, '_id'>[]>()
    const isFull = urgent.length === limit
    const others = isFull
      ? []
      : await model
          .find({ isUrgent: { $ne: true }, ...due }, { _id: 1 })
          .sort({ dueAt: 1 })
          .limit(limit - urgent.length)
          .lean<Pick<MailDocument, '_id'>[]>()
    return [...urgent, ...others].map(({ _id }) => _id)
  }

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
      const writes = mails.map(({ key, ...fields }) => {
        const urgency = isUrgent(fields) ? { isUrgent: true as const } : {}
        const inserted = { ...fields, ...urgency, createdAt: now, dueAt: now, attempts: 0 }
        return { updateOne: { filter: { _id: key }, update: { $setOnInsert: inserted }, upsert: true } }
      })
      await model.bulkWrite(writes, { ordered: false, timestamps: false })
    },

    /**
     * Claims mails that are due, in the order of {@link findDueKeys}, and schedules their next attempts, in case that
     * these fail or the process ends. Two processes claim no mail at the same time.
     */
    async claimDue(now: Date, limit: number): Promise<QueuedMail[]> {
      const keys = await findDueKeys(now, limit)
      if (keys.length === 0) return []
      const claim = randomUUID()
      const delay = { $multiply: [firstRetryDelayMs, { $pow: [2, '$attempts'] }] }
      const dueAt = { $add: [now, { $toLong: { $min: [maxRetryDelayMs, delay] } }] }
      await model.updateMany(
        { _id: { $in: keys }, dueAt: { $lte: now } },
        [{ $set: { dueAt, attempts: { $add: ['$attempts', 1] }, claim: { $literal: claim } } }],
        { updatePipeline: true },
      )
      const claimed = await model.find({ _id: { $in: keys }, claim }).lean<MailDocument[]>()
      const byKey = new Map(claimed.map((mail) => [mail._id, mail]))
      return keys.flatMap((key) => toQueuedMail(byKey.get(key)) ?? [])
    },

    /** Undoes the claim of mails whose attempts have not begun. */
    async release(keys: readonly string[], now: Date): Promise<void> {
      const waiting = { _id: { $in: keys }, dueAt: { $exists: true } }
      await model.updateMany(waiting, { $set: { dueAt: now }, $inc: { attempts: -1 } })
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

    /** Ends mails. Their addresses and texts are deleted; the keys remain for {@link finishedMailLifetimeMs}. */
    async finish(finished: readonly FinishedMail[], now: Date): Promise<void> {
      const writes = finished.map(({ key, outcome, content }) => ({
        updateOne: { filter: { _id: key }, update: buildEnd(outcome, now, content) },
      }))
      await model.bulkWrite(writes, { ordered: false, timestamps: false })
    },

    /** Drops the waiting mails with one of these keys. @returns how many */
    async retract(retractionKeys: readonly string[], now: Date): Promise<number> {
      if (retractionKeys.length === 0) return 0
      const waiting = { retractionKeys: { $in: retractionKeys }, dueAt: { $exists: true } }
      return (await model.updateMany(waiting, buildEnd('dropped', now))).modifiedCount
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

const buildEnd = (outcome: MailOutcome, finishedAt: Date, content?: AddressedMail) => ({
  $set: { outcome, finishedAt, ...(content && { content }) },
  $unset: { dueAt: 1, isUrgent: 1, recipient: 1, template: 1, retractionKeys: 1, claim: 1 } as const,
})

function toQueuedMail(document: MailDocument | undefined): QueuedMail | undefined {
  if (!document) return undefined
  const { _id, recipient, template, createdAt, attempts } = document
  return recipient && template && { key: _id, recipient, template, createdAt, attempts }
}
