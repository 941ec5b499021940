import type { QueryFilter, UpdateQuery } from 'mongoose'

import { maxBatchSize } from '../../../packages/platform'
import { pushEvents } from '../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import type { DeletedEntity } from '../../../packages/event-log'
import { erasedState, getErasureTime } from '../domain/comment'
import { toCommentAuthorRemoved, toCommentChanged } from '../domain/domainEvents'
import { markUncounted } from './countDocuments'
import type { CommentCounter } from './counter'
import type { CommentDocument, CommentModel } from './models'

type AuthoredComment = { postId: string; authorId: string }

/** Applies deletions in other subgraphs to comments. Every operation is idempotent. */
export function createCommentCascades(
  model: CommentModel,
  publishPendingEvents: PublishPendingEvents,
  { removeCounts }: Pick<CommentCounter, 'removeCounts'>,
) {
  /** Updates comments in pages. @param buildUpdate must remove the author, after which a comment does not match any more */
  async function updateEach(
    filter: QueryFilter<CommentDocument> & { authorId: string | { $in: string[] } },
    buildUpdate: (comment: AuthoredComment) => UpdateQuery<CommentDocument>,
  ): Promise<void> {
    for (;;) {
      const batch = await model
        .find(filter)
        .select('postId authorId')
        .limit(maxBatchSize)
        .lean<(AuthoredComment & { _id: string })[]>()
      if (batch.length === 0) return
      await model.bulkWrite(
        batch.map(({ _id, ...comment }) => ({
          updateOne: { filter: { _id, authorId: comment.authorId }, update: buildUpdate(comment) },
        })),
        { ordered: false },
      )
      publishPendingEvents(...batch.map(({ _id }) => _id))
    }
  }

  /** Marks an author's comments of this time or later as deleted; threads keep their shape. */
  const deleteWrittenSince = (authorId: string, since: Date, now: Date): Promise<void> =>
    updateEach({ authorId, createdAt: { $gte: since } }, (comment) => ({
      $set: { ...erasedState, ...markUncounted(comment) },
      ...pushEvents(toCommentChanged('comment.deleted', comment, now)),
    }))

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
      if (unknown.length > 0)
        await updateEach({ authorId: { $in: unknown } }, (comment) => buildAuthorRemoval(comment, {}, now))
      for (const { id: authorId, deletionRequestedAt, contentKey } of deleted.filter(isKnown)) {
        const key = contentKey != null && { contentKey, contentKeyUntil: getErasureTime(now) }
        const before = deletionRequestedAt && { createdAt: { $lt: deletionRequestedAt } }
        await updateEach({ authorId, ...before }, (comment) => buildAuthorRemoval(comment, { ...key }, now))
        if (deletionRequestedAt) await deleteWrittenSince(authorId, deletionRequestedAt, now)
      }
    },
  }
}

const buildAuthorRemoval = (
  comment: AuthoredComment,
  key: Pick<CommentDocument, 'contentKey' | 'contentKeyUntil'>,
  now: Date,
) => ({
  $set: { authorId: null, ...key },
  $unset: { creationKey: 1 },
  ...pushEvents(toCommentAuthorRemoved(comment, now)),
})
