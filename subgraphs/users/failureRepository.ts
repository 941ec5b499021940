import type { Connection } from 'mongoose'

import { duplicateKey, ensureIndexes } from '../shared/database'
import { failureWindowMilliseconds, type Failure, type Limit } from './failure'
import { createFailuresModel, type FailuresDocument } from './failureModel'

export type FailureRepository = ReturnType<typeof createFailureRepository>

/** Counts failed sign-ins for all processes together. Every write is one atomic operation on one document. */
export function createFailureRepository(connection: Connection) {
  const model = createFailuresModel(connection)

  async function count({ key, maximum }: Limit, failure: Failure): Promise<readonly Failure[]> {
    const since = new Date(failure.at.getTime() - failureWindowMilliseconds)
    const expiresAt = new Date(failure.at.getTime() + failureWindowMilliseconds)
    const recent = { $filter: { input: { $ifNull: ['$failures', []] }, cond: { $gt: ['$$this.at', since] } } }
    const added = { $concatArrays: ['$failures', [failure]] }
    const document = await model
      .findOneAndUpdate(
        { _id: key },
        [
          { $set: { failures: recent, expiresAt } },
          { $set: { failures: { $cond: [{ $lt: [{ $size: '$failures' }, maximum] }, added, '$failures'] } } },
        ],
        { upsert: true, returnDocument: 'after', updatePipeline: true },
      )
      .lean<FailuresDocument>()
    return document.failures
  }

  return {
    prepare: () => ensureIndexes(model),

    /**
     * Counts a failure, unless the limit is reached.
     *
     * @returns when the oldest one that counts was, if the limit is reached; undefined otherwise
     */
    async add(limit: Limit, failure: Failure): Promise<Date | undefined> {
      const failures = await retryOnDuplicate(() => count(limit, failure))
      if (failures.some(({ id }) => id === failure.id)) return undefined
      return failures.reduce((oldest, { at }) => (at < oldest ? at : oldest), failure.at)
    },

    /** Takes a failure back that was none. */
    async remove({ key }: Limit, { id }: Failure): Promise<void> {
      await model.updateOne({ _id: key }, { $pull: { failures: { id } } })
    },

    /** Clears away what no longer counts. */
    async sweep(now: Date): Promise<void> {
      await model.deleteMany({ expiresAt: { $lte: now } })
    },
  }
}

// Two that insert the same document at once: one of them finds it there, and updates it when it tries again.
async function retryOnDuplicate<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (duplicateKey(error) === undefined) throw error
    return write()
  }
}
