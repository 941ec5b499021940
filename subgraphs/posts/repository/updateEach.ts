import type { QueryFilter, UpdateQuery, UpdateWithAggregationPipeline } from 'mongoose'

import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import { maxBatchSize } from '../../../packages/platform'
import type { PostDocument, PostModel } from './models'

/**
 * Updates all matching posts in pages, each with its own domain event. Idempotent: after an interruption it continues with
 * those that still match.
 *
 * @param buildUpdate must return an update after which the post does not match any more
 * @throws AbortError
 */
export type UpdateEachPost = (
  filter: QueryFilter<PostDocument>,
  buildUpdate: () => UpdateQuery<PostDocument> | UpdateWithAggregationPipeline,
  signal?: AbortSignal,
) => Promise<void>

export const createUpdateEachPost =
  (model: PostModel, publishPendingEvents: PublishPendingEvents): UpdateEachPost =>
  async (filter, buildUpdate, signal) => {
    for (;;) {
      signal?.throwIfAborted()
      const batch = await model.find(filter).select('_id').limit(maxBatchSize).lean<{ _id: string }[]>()
      if (batch.length === 0) return
      const ids = batch.map(({ _id }) => _id)
      await model.bulkWrite(
        ids.map((_id) => ({ updateOne: { filter: { $and: [filter, { _id }] }, update: buildUpdate() } })),
        { ordered: false },
      )
      publishPendingEvents(...ids)
    }
  }
