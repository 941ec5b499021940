import { maxBatchSize } from '../../../packages/platform'
import { pushEvents } from '../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import type { DeletedEntity } from '../../../packages/event-log'
import { erasedState, getErasureTime } from '../domain/comment'
import { toCommentChanged } from '../domain/domainEvents'
import { markUncounted } from './countDocuments'
import type { CommentCounter } from './counter'
import type { CommentModel } from './models'

/** Applies deletions in other subgraphs to comments. Every operation is idempotent. */
export function createCommentCascades(
  model: CommentModel,
  publishPendingEvents: PublishPendingEvents,
  { removeCounts }: Pick<CommentCounter, 'removeCounts'>,
) {
  /** Marks an author's comments of this time or later as deleted; threads keep their shape. */
  async function deleteWrittenSince(authorId: string, since: Date, now: Date): Promise<void> {
    for (;;) {
      const batch = await model
        .find({ authorId, createdAt: { $gte: since } })
        .select('postId authorId')
        .limit(maxBatchSize)
        .lean<{ _id: string; postId: string; authorId: string }[]>()
      if (batch.length === 0) return
      await model.bulkWrite(
        batch.map((comment) => ({
          updateOne: {
            filter: { _id: comment._id, authorId },
            update: {
              $set: { ...erasedState, ...markUncounted(comment) },
              ...pushEvents(toCommentChanged('comment.deleted', comment, now)),
            },
          },
        })),
        { ordered: false },
      )
      publishPendingEvents(...batch.map(({ _id }) => _id))
    }
  }

  return {
    /** Removes all comments and counts of deleted posts, in batches. @throws AbortError */
    async deleteCommentsOfPosts(postIds: readonly string[], signal: AbortSignal): Promise<void> {
      if (postIds.length === 0) return
      for (;;) {
        signal.throwIfAborted()
        const batch = await model
          .find({ postId: { $in: postIds } })
          .select({ _id: 1 })
          .limit(maxBatchSize)
          .lean<{ _id: string }[]>()
        if (batch.length === 0) return removeCounts(postIds)
        await model.deleteMany({ _id: { $in: batch.map(({ _id }) => _id) } })
      }
    },

    /**
     * Deletes the comments that deleted users wrote after their deletion was requested. Earlier comments stay, without an author,
     * and with the key of the account's content for 90 days.
     */
    async removeUserReferences(deleted: readonly DeletedEntity[], now: Date): Promise<void> {
      const isKnown = ({ deletionRequestedAt, contentKey }: DeletedEntity) =>
        deletionRequestedAt !== null || contentKey != null
      const unknown = deleted.filter((user) => !isKnown(user)).map(({ id }) => id)
      if (unknown.length > 0) await model.updateMany({ authorId: { $in: unknown } }, removeAuthor)
      for (const { id: authorId, deletionRequestedAt, contentKey } of deleted.filter(isKnown)) {
        const key = contentKey != null && { contentKey, contentKeyUntil: getErasureTime(now) }
        const before = deletionRequestedAt && { createdAt: { $lt: deletionRequestedAt } }
        const { $set, $unset } = removeAuthor
        await model.updateMany({ authorId, ...before }, { $set: { ...$set, ...key }, $unset })
        if (deletionRequestedAt) await deleteWrittenSince(authorId, deletionRequestedAt, now)
      }
    },
  }
}

const removeAuthor = { $set: { authorId: null }, $unset: { creationKey: 1 } } as const
