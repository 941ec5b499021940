import { addEventsStage } from '../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import { getPurgeTime, type PostDeletion, type RemovedBy } from '../domain/deletion'
import { toPostDeleted, toPostPurged, toPostRestored } from '../domain/domainEvents'
import type { ExcerptedPost } from '../domain/post'
import { toPost, toSearchFields } from './documents'
import { buildTombstone, notDeleted, notPurged, type PostDocument, type PostModel } from './models'

/** Deletes and restores posts, with the domain events in the outbox of the same document. */
export function createPostDeletions(model: PostModel, publishPendingEvents: PublishPendingEvents) {
  return {
    /**
     * Deletes a post until it is restored or removed permanently. The removal by a moderator replaces the deletion by the author.
     *
     * @returns whether the post has changed
     */
    async deletePost(id: string, deletion: PostDeletion, now: Date): Promise<boolean> {
      const filter = deletion.removedBy === 'MODERATOR' ? notRemoved : notDeleted
      const update = buildDeletionUpdate(deletion, now)
      const { modifiedCount } = await model.updateOne({ _id: id, ...filter }, update, {
        updatePipeline: true,
      })
      if (modifiedCount === 1) publishPendingEvents(id)
      return modifiedCount === 1
    },

    /**
     * Restores a post that was deleted like this.
     *
     * @param moderatorId who restores it, for the removal by a moderator
     * @returns the restored post; undefined when there is no such deleted post
     */
    async restorePost(
      id: string,
      removedBy: RemovedBy,
      moderatorId: string | undefined,
      now: Date,
    ): Promise<ExcerptedPost | undefined> {
      const filter = { _id: id, status: 'DELETED', 'removal.by': removedBy } as const
      const deleted = await model.findOne(filter).lean<PostDocument | null>()
      if (!deleted) return undefined
      const post = toPost(deleted)
      const restored = await model
        .findOneAndUpdate(
          // A deleted post does not change otherwise, apart from its references and counts, which the update keeps.
          { ...filter, deletedAt: deleted.deletedAt },
          [
            {
              $set: {
                status: post.status,
                search: { $literal: toSearchFields(post) },
                ...addEventsStage(toPostRestored(post, moderatorId, now)),
              },
            },
            { $unset: ['deletedAt', 'removal', 'purgeAt'] },
          ],
          { returnDocument: 'after', updatePipeline: true, timestamps: false },
        )
        .lean<PostDocument | null>()
      if (!restored) return undefined
      publishPendingEvents(id)
      return toPost(restored)
    },

    /** Permanently removes a post that was just created. */
    async undoInsertion(id: string, now: Date): Promise<void> {
      await model.updateOne({ _id: id, ...notPurged }, buildPurgeUpdate(now), { updatePipeline: true })
      publishPendingEvents(id)
    },
  }
}

/** Excludes tombstones, posts that moderators have removed, and deleted drafts. */
export const notRemoved = {
  $or: [notDeleted, { 'removal.by': 'AUTHOR', 'removal.status': 'PUBLISHED' } as const],
}

/** Builds the update that deletes a post until it is restored, and adds the domain event. Searches do not examine it. */
export function buildDeletionUpdate(deletion: PostDeletion, now: Date) {
  const status = { $ifNull: ['$removal.status', '$status'] }
  return [
    {
      $set: {
        status: 'DELETED',
        deletedAt: now,
        purgeAt: {
          $cond: [{ $eq: [status, 'DRAFT'] }, getPurgeTime('DRAFT', now), getPurgeTime('PUBLISHED', now)],
        },
        removal: { by: deletion.removedBy, status },
        ...addEventsStage(toPostDeleted(deletion, now)),
      },
    },
    { $unset: 'search' },
  ]
}

/** Builds the update that replaces a post by a tombstone, and adds the domain event. */
export function buildPurgeUpdate(now: Date) {
  return [{ $replaceWith: { ...buildTombstone(now), ...addEventsStage(toPostPurged(now)) } }]
}
