import mongoose, { Schema, type Connection } from 'mongoose'
import { createHash } from 'node:crypto'

import { duplicateKeyCode } from '../../event-log/mongo'
import { ensureIndexes } from './database'
import { createSweeper } from './sweeper'
import type { SweeperMetrics } from '../telemetry/sweeperMetrics'
import {
  computeCostMs,
  computeWaitMs,
  findLongestWait,
  type Charge,
  type RateLimiter,
  type Refusal,
} from '../../platform'

/** A rate limiter and its life cycle. */
export interface MongoRateLimiter extends RateLimiter {
  /** Creates the collection, and starts to delete expired buckets. */
  prepare(): Promise<void>
  close(): Promise<void>
}

interface BucketDocument {
  _id: string
  /** When all points are available again; a bucket with a past instant is full, as a missing one is. */
  fullAt: Date
}

/**
 * Creates a rate limiter for all processes that share a database.
 *
 * All charges of an attempt are one database command, and each is one atomic write of one document.
 * RateLimiterMongo of rate-limiter-flexible sends one command per charge and three when a window begins, counts
 * rejected attempts too, and its fixed windows allow a full burst on both sides of a boundary. See
 * docs/decisions/0003-rate-limiter.md.
 */
export function createMongoRateLimiter(
  connection: Connection,
  now: () => Date = () => new Date(),
  sweeperMetrics?: SweeperMetrics,
): MongoRateLimiter {
  const schema = new Schema<BucketDocument>(
    { _id: { type: String, required: true }, fullAt: { type: Date, required: true } },
    { collection: 'rate_limits', versionKey: false },
  )
  // Serves the sweeper; also a TTL index for servers with a TTL monitor, which the embedded engine lacks.
  schema.index({ fullAt: 1 }, { expireAfterSeconds: 0 })
  const model = connection.model<BucketDocument>('RateLimit', schema)
  const buckets = connection.collection<BucketDocument>(model.collection.collectionName)
  const sweeper = createSweeper({
    name: 'rate_limits',
    connection,
    sweep: () => model.deleteMany({ fullAt: { $lte: now() } }),
    ...(sweeperMetrics && { metrics: sweeperMetrics }),
  })

  /**
   * @returns how many charges were taken, in their order: all, or those before the first that was rejected or
   *   lost a race
   */
  async function consume(charges: readonly Charge[], at: Date): Promise<number> {
    const updates = charges.map((charge) => ({
      updateOne: {
        filter: { _id: toBucketId(charge), fullAt: { $lte: computeLatestFullAt(charge, at) } },
        update: [{ $set: { fullAt: { $add: [{ $max: ['$fullAt', at] }, computeCostMs(charge)] } } }],
        upsert: true,
      },
    }))
    try {
      await buckets.bulkWrite(updates, { ordered: true })
      return charges.length
    } catch (error) {
      // The filter does not match a bucket with too few points, so the upsert violates the unique `_id`.
      if (!(error instanceof mongoose.mongo.MongoBulkWriteError) || error.code !== duplicateKeyCode)
        throw error
      const [first] = [error.writeErrors].flat()
      if (!first) throw error
      return first.index
    }
  }

  async function findRefusal(charges: readonly Charge[], at: Date): Promise<Refusal | undefined> {
    const documents = await model.find({ _id: { $in: charges.map(toBucketId) } }).lean<BucketDocument[]>()
    const fullAt = new Map(documents.map((document) => [document._id, document.fullAt.getTime()]))
    return findLongestWait(
      charges.map((charge) => ({
        limit: charge.limit,
        waitMs: computeWaitMs(charge, fullAt.get(toBucketId(charge)) ?? 0, at.getTime()),
      })),
    )
  }

  async function refund(charges: readonly Charge[]): Promise<void> {
    if (charges.length === 0) return
    const updates = charges.map((charge) => ({
      updateOne: {
        filter: { _id: toBucketId(charge) },
        update: [{ $set: { fullAt: { $subtract: ['$fullAt', computeCostMs(charge)] } } }],
      },
    }))
    await buckets.bulkWrite(updates, { ordered: false })
  }

  async function consumeAll(charges: readonly Charge[]): Promise<Refusal | undefined> {
    const at = now()
    for (let taken = 0; taken < charges.length;) {
      taken += await consume(charges.slice(taken), at)
      if (taken === charges.length) break
      const refusal = await findRefusal(charges.slice(taken), at)
      if (refusal) {
        await refund(charges.slice(0, taken))
        return refusal
      }
      // Otherwise another process has inserted the bucket concurrently, and the retry updates it.
    }
    return undefined
  }

  return {
    async prepare() {
      await ensureIndexes(model)
      sweeper.start()
    },
    close: () => sweeper.close(),
    consumeAll,
    refund,
  }
}

/** Returns a bucket's ID. Keys are hashed, since addresses and emails are personal data. */
function toBucketId({ limit, key }: Charge): string {
  return `${limit.name}:${createHash('sha256').update(key).digest('base64url')}`
}

function computeLatestFullAt(charge: Charge, at: Date): Date {
  return new Date(at.getTime() - computeWaitMs(charge, at.getTime(), at.getTime()))
}
