import type { QueryFilter } from 'mongoose'

import type { ContentRemoval } from '../../../schema/contentRemoval'
import { pushEvents } from '../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import { maxBatchSize } from '../../../packages/platform'
import { getErasureTime } from '../domain/comment'
import { toCommentChanged } from '../domain/domainEvents'
import { markUncounted } from './countDocuments'
import type { CommentDocument, CommentModel } from './models'

/** Creates the background work on many comments. Every operation is idempotent and continues where it was interrupted. */
export function createCommentMaintenance(model: CommentModel, publishPendingEvents: PublishPendingEvents) {
  return {
    /** Deletes the comments of a user for a moderator, in pages, each with its own domain event. @throws AbortError */
    async removeContent(
      { owner, moderatorId, reason, requestedAt }: ContentRemoval,
      now: Date,
      signal: AbortSignal,
    ): Promise<void> {
      const moderation = {
        removedBy: 'MODERATOR',
        moderatorId,
        ...(reason !== undefined && { reason }),
      } as const
      const filter: QueryFilter<CommentDocument> = {
        ...('userId' in owner ? { authorId: owner.userId } : { contentKey: owner.contentKey }),
        status: { $in: ['VISIBLE', 'HIDDEN'] },
        createdAt: { $lte: requestedAt },
      }
      for (;;) {
        signal.throwIfAborted()
        const batch = await model
          .find(filter)
          .select('postId authorId')
          .limit(maxBatchSize)
          .lean<{ _id: string; postId: string; authorId: string | null }[]>()
        if (batch.length === 0) return
        await model.bulkWrite(
          batch.map((comment) => ({
            updateOne: {
              filter: { _id: comment._id, status: { $in: ['VISIBLE', 'HIDDEN'] } },
              update: {
                $set: {
                  status: 'DELETED',
                  removedBy: 'MODERATOR',
                  eraseAt: getErasureTime(now),
                  ...markUncounted(comment),
                },
                ...pushEvents(toCommentChanged('comment.deleted', comment, now, moderation)),
              },
            },
          })),
          { ordered: false },
        )
        publishPendingEvents(...batch.map(({ _id }) => _id))
      }
    },

    /** Erases the texts and authors of comments that were deleted 90 days ago, and the keys of deleted accounts. */
    async sweep(now: Date): Promise<void> {
      await model.updateMany(
        { eraseAt: { $lte: now } },
        { $set: { body: null, authorId: null }, $unset: { eraseAt: 1 } },
      )
      await model.updateMany(
        { contentKeyUntil: { $lte: now } },
        { $unset: { contentKey: 1, contentKeyUntil: 1 } },
      )
    },

    /** Returns the key of the deleted account that wrote a comment; null without one. */
    async findContentKey(id: string): Promise<string | null> {
      const found = await model
        .findOne({ _id: id }, { contentKey: 1 })
        .lean<Pick<CommentDocument, 'contentKey'> | null>()
      return found?.contentKey ?? null
    },
  }
}
