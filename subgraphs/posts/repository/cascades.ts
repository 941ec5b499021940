import type { QueryFilter } from 'mongoose'

import { maxBatchSize } from '../../../packages/platform'
import { pushEvents } from '../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import type { DeletedEntity } from '../../../packages/event-log'
import { toPostAuthorRemoved } from '../domain/domainEvents'
import { buildDeletionUpdate } from './commands'
import type { PostDocument, PostModel } from './models'

type Update = ReturnType<typeof buildDeletionUpdate> | ReturnType<typeof buildAuthorRemoval>

/** Applies deletions in other subgraphs to posts. Every operation is idempotent. */
export function createPostCascades(model: PostModel, publishPendingEvents: PublishPendingEvents) {
  /**
   * Updates all matching posts, each with its own domain event.
   *
   * @param buildUpdate must return an update after which the post does not match any more
   */
  async function updateEach(filter: QueryFilter<PostDocument>, buildUpdate: () => Update): Promise<void> {
    for (;;) {
      const batch = await model.find(filter).select('_id').limit(maxBatchSize).lean<{ _id: string }[]>()
      if (batch.length === 0) return
      const ids = batch.map(({ _id }) => _id)
      await model.bulkWrite(
        ids.map((_id) => ({ updateOne: { filter: { ...filter, _id }, update: buildUpdate() } })),
        { ordered: false },
      )
      publishPendingEvents(...ids)
    }
  }

  async function removeAuthors(
    authors: QueryFilter<PostDocument>,
    deletionRequestedAt: Date | null,
    now: Date,
  ): Promise<void> {
    // Drafts first, so that the next updates find a draft that is published concurrently.
    await updateEach({ ...authors, status: 'DRAFT' }, () => buildDeletionUpdate(now))
    const before = deletionRequestedAt && { publishedAt: { $lt: deletionRequestedAt } }
    await updateEach({ ...authors, status: 'PUBLISHED', ...before }, () => buildAuthorRemoval(now))
    if (deletionRequestedAt) {
      const publishedSince = { ...authors, publishedAt: { $gte: deletionRequestedAt } }
      await updateEach(publishedSince, () => buildDeletionUpdate(now))
    }
  }

  return {
    /** Removes the references to deleted events; the posts stay. */
    async removeEventReferences(eventIds: readonly string[]): Promise<void> {
      if (eventIds.length === 0) return
      await model.updateMany({ eventId: { $in: [...eventIds] } }, { $set: { eventId: null } })
    },

    /**
     * Deletes the drafts of deleted users and the posts published after their deletion was requested. Earlier posts stay,
     * without an author.
     */
    async removeUserReferences(deleted: readonly DeletedEntity[], now: Date): Promise<void> {
      const undated = deleted
        .filter(({ deletionRequestedAt }) => deletionRequestedAt === null)
        .map(({ id }) => id)
      if (undated.length > 0) await removeAuthors({ authorId: { $in: undated } }, null, now)
      for (const { id, deletionRequestedAt } of deleted) {
        if (deletionRequestedAt) await removeAuthors({ authorId: id }, deletionRequestedAt, now)
      }
    },
  }
}

function buildAuthorRemoval(now: Date) {
  return { $set: { authorId: null }, ...pushEvents(toPostAuthorRemoved(now)) }
}
