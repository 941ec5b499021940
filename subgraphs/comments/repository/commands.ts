import { insertWithEvents, pushEvents } from '../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import { findCreated, insertOnce, toStoredDocument } from '../../../packages/subgraph-kit/mongo'
import { maxBatchSize } from '../../../packages/platform'
import {
  erasedState,
  getErasureTime,
  type Comment,
  type CommentModeration,
  type CommentRecord,
  type CommentStatus,
} from '../domain/comment'
import {
  toCommentAdded,
  toCommentChanged,
  toCommentEdited,
  type CommentChangeEventType,
} from '../domain/domainEvents'
import { markUncounted } from './countDocuments'
import type { CommentCounter } from './counter'
import { toComment } from './documents'
import type { CommentDocument, CommentModel } from './models'

/** A change of one comment, which is made only while its conditions hold. */
export interface ConditionalCommentChange {
  comment: Pick<Comment, 'id' | 'postId' | 'authorId' | 'body'>
  /** Prevents, for example, that an edit restores the body of a deleted comment. */
  allowedStatuses: readonly CommentStatus[]
  requiredAuthorId?: string
  changes: Partial<Pick<CommentRecord, 'body' | 'authorId' | 'status' | 'editedAt' | 'removedBy'>>
  eventType: CommentChangeEventType
  /** For the domain event. */
  moderation?: CommentModeration
  now: Date
}

/** Writes comments, with the domain events in the outbox of the same document. */
export function createCommentCommands(
  model: CommentModel,
  publishPendingEvents: PublishPendingEvents,
  { countMarked }: Pick<CommentCounter, 'countMarked'>,
) {
  return {
    /**
     * Inserts a new comment, unless one with the same idempotency key was inserted in the last 24 hours.
     *
     * @param parentAuthorId the author of the comment that this one replies to
     * @param creationKey from `readIdempotencyKey`
     * @returns the earlier comment; null if this one was inserted
     */
    async insert(
      comment: CommentRecord,
      parentAuthorId: string | null,
      creationKey?: string,
    ): Promise<CommentRecord | null> {
      const added = toCommentAdded({ ...comment, parentAuthorId }, comment.createdAt)
      const earlier = await insertOnce<CommentDocument>(model, {
        ...toStoredDocument(comment),
        ...markUncounted(comment),
        ...insertWithEvents(added),
        ...(creationKey !== undefined && { creationKey }),
      })
      if (earlier) return toComment(earlier)
      publishPendingEvents(comment.id)
      return null
    },

    /** Returns the comment that was created with this key in the last 24 hours; null without one. */
    async findCreated(creationKey: string, now: Date): Promise<CommentRecord | null> {
      const document = await findCreated<CommentDocument>(model, creationKey, now)
      return document && toComment(document)
    },

    /** Inserts and counts the comments that are not stored yet, without domain events. Existing comments stay as they are. */
    async importComments(comments: readonly Comment[]): Promise<{ inserted: number }> {
      if (comments.length === 0) return { inserted: 0 }
      const writes = comments.map((comment) => {
        const { _id, ...fields } = toStoredDocument({ ...comment, underDraft: false, removedBy: null })
        const inserted = { ...fields, ...markUncounted(comment) }
        return { updateOne: { filter: { _id }, update: { $setOnInsert: inserted }, upsert: true } }
      })
      const { upsertedCount } = await model.bulkWrite(writes, { ordered: false })
      const postIds = [...new Set(comments.map(({ postId }) => postId))]
      for (let from = 0; from < postIds.length; from += maxBatchSize)
        await countMarked(postIds.slice(from, from + maxBatchSize))
      return { inserted: upsertedCount }
    },

    /** Changes a comment. @returns the changed comment; undefined when its conditions do not hold */
    async update({
      comment,
      allowedStatuses,
      requiredAuthorId,
      changes,
      eventType,
      moderation,
      now,
    }: ConditionalCommentChange): Promise<CommentRecord | undefined> {
      const document = await model
        .findOneAndUpdate(
          {
            _id: comment.id,
            status: { $in: allowedStatuses },
            ...(requiredAuthorId !== undefined && { authorId: requiredAuthorId }),
          },
          {
            $set: {
              ...changes,
              ...(changes.status && markUncounted(comment)),
              ...(changes.status === 'DELETED' && { eraseAt: getErasureTime(now) }),
            },
            ...pushEvents(
              eventType === 'comment.edited'
                ? toCommentEdited(comment, changes.body ?? '', now)
                : toCommentChanged(eventType, comment, now, moderation),
            ),
          },
          { returnDocument: 'after' },
        )
        .lean<CommentDocument | null>()
      if (!document) return undefined
      publishPendingEvents(comment.id)
      return toComment(document)
    },

    /**
     * Undoes the insertion of a comment whose post or author was deleted concurrently. It stays as a deleted one
     * without a text, since there may be replies to it, and since its domain event must be in the same write.
     */
    async undoInsertion(comment: Pick<Comment, 'id' | 'postId' | 'authorId'>, now: Date): Promise<void> {
      await model.updateOne(
        { _id: comment.id, status: { $in: ['VISIBLE', 'HIDDEN'] } },
        {
          $set: { ...erasedState, removedBy: 'AUTHOR', ...markUncounted(comment) },
          // A repetition with the same key is no repetition of a success.
          $unset: { creationKey: 1 },
          ...pushEvents(toCommentChanged('comment.deleted', comment, now, { removedBy: 'AUTHOR' })),
        },
      )
      publishPendingEvents(comment.id)
    },

    /** Records the publication of posts, so that comments written under their drafts become public. Idempotent. */
    async markPostsPublished(postIds: readonly string[]): Promise<void> {
      if (postIds.length === 0) return
      await model.updateMany({ postId: { $in: postIds }, underDraft: true }, { $set: { underDraft: false } })
    },

    /** Hides the comments of deleted posts like those of drafts, until the posts are restored. Idempotent. */
    async hideCommentsOfPosts(postIds: readonly string[]): Promise<void> {
      if (postIds.length === 0) return
      await model.updateMany({ postId: { $in: postIds }, underDraft: false }, { $set: { underDraft: true } })
    },
  }
}
