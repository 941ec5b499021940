import { addEventsStage, insertWithEvents, pushEvents } from '../../../packages/event-log/mongo'
import { findCreated, insertOnce, searchTokensExpression } from '../../../packages/subgraph-kit/mongo'
import type { PendingEvent, PublishPendingEvents } from '../../../packages/event-log/outbox'
import type { QueryFilter } from 'mongoose'

import { toPostCreated, toPostPublished } from '../domain/domainEvents'
import {
  neverCommented,
  type CommentActivity,
  type ExcerptedPost,
  type Post,
  type PostChanges,
} from '../domain/post'
import { deriveSearchAndExcerpt, toDocument, toPost } from './documents'
import { notDeleted, notPurged, type PostDocument, type PostModel } from './models'

/** Writes posts, with the domain events in the outbox of the same document. */
export function createPostCommands(model: PostModel, publishPendingEvents: PublishPendingEvents) {
  async function writeCommentActivity(
    activity: readonly CommentActivity[],
    buildCondition: (activity: CommentActivity) => QueryFilter<PostDocument>,
  ): Promise<void> {
    if (activity.length === 0) return
    const writes = activity.map((each) => {
      const { postId, count, lastCommentedAt, version } = each
      const fields = {
        commentCount: count,
        lastCommentedAt: lastCommentedAt ?? neverCommented,
        commentsVersion: version,
      }
      const filter = { _id: postId, ...notPurged, ...buildCondition(each) }
      return { updateOne: { filter, update: { $set: fields } } }
    })
    await model.bulkWrite(writes, { ordered: false })
  }

  return {
    /**
     * Inserts a new post, unless one with the same idempotency key was inserted in the last 24 hours.
     *
     * @param creationKey from `readIdempotencyKey`
     * @returns the earlier post or this one
     */
    async insert(post: Post, creationKey?: string): Promise<ExcerptedPost> {
      const document: PostDocument = {
        ...toDocument(post),
        ...(creationKey !== undefined && { creationKey }),
      }
      const created = insertWithEvents(toPostCreated(post, post.createdAt))
      const earlier = await insertOnce<PostDocument>(model, { ...document, ...created })
      if (earlier) return toPost(earlier)
      publishPendingEvents(post.id)
      return toPost(document)
    },

    /** Returns the post that was created with this key in the last 24 hours; null without one. */
    async findCreated(creationKey: string, now: Date): Promise<ExcerptedPost | null> {
      const document = await findCreated<PostDocument>(model, creationKey, now)
      return document && toPost(document)
    },

    /** Inserts the posts that were never stored, without domain events. Existing and deleted posts stay as they are. */
    async importPosts(posts: readonly Post[]): Promise<{ inserted: number }> {
      if (posts.length === 0) return { inserted: 0 }
      const writes = posts.map((post) => {
        const { _id, ...fields } = toDocument(post)
        return { updateOne: { filter: { _id }, update: { $setOnInsert: fields }, upsert: true } }
      })
      const { upsertedCount } = await model.bulkWrite(writes, { ordered: false })
      return { inserted: upsertedCount }
    },

    /**
     * Updates a post while it is in this state.
     *
     * @param event its domain event, if any
     * @returns the updated post; undefined when no post matches
     */
    async update(
      {
        id,
        ...condition
      }: Pick<Post, 'id' | 'authorId'> & Partial<Pick<Post, 'updatedAt' | 'status' | 'eventId'>>,
      changes: PostChanges,
      now: Date,
      event?: PendingEvent,
    ): Promise<ExcerptedPost | undefined> {
      // $literal, because a pipeline would evaluate a text that begins with $ as an expression.
      const set = Object.fromEntries(
        [...Object.entries(changes), ...deriveSearchAndExcerpt(changes)].map(([field, value]) => [
          field,
          { $literal: value },
        ]),
      )
      const updated = await model
        .findOneAndUpdate(
          { _id: id, ...condition, ...notDeleted },
          [
            {
              $set: {
                ...set,
                updatedAt: now,
                listedAt: { $ifNull: ['$publishedAt', now] },
                ...(event && addEventsStage(event)),
              },
            },
            { $set: { 'search.tokens': searchTokensExpression } },
          ],
          { returnDocument: 'after', updatePipeline: true, timestamps: false },
        )
        .lean<PostDocument>()
      if (!updated) return undefined
      if (event) publishPendingEvents(id)
      return toPost(updated)
    },

    /** Publishes a draft about this event. @returns the published post; undefined when there is no such draft */
    async publish(
      { id, authorId, eventId, body }: Pick<Post, 'id' | 'authorId' | 'eventId' | 'body'>,
      now: Date,
    ): Promise<ExcerptedPost | undefined> {
      const updated = await model
        .findOneAndUpdate(
          { _id: id, status: 'DRAFT', eventId },
          {
            $set: { status: 'PUBLISHED', publishedAt: now, listedAt: now, updatedAt: now },
            ...pushEvents(toPostPublished({ authorId, eventId, body }, now)),
          },
          { returnDocument: 'after' },
        )
        .lean<PostDocument>()
      if (!updated) return undefined
      publishPendingEvents(id)
      return toPost(updated)
    },

    /** Stores the activity of comments, unless a newer version is stored. Idempotent; `updatedAt` does not change. */
    recordCommentActivity: (activity: readonly CommentActivity[]) =>
      writeCommentActivity(activity, ({ version }) => ({ commentsVersion: { $not: { $gt: version } } })),

    /** Stores the activity of comments, whichever version is stored. */
    replaceCommentActivity: (activity: readonly CommentActivity[]) =>
      writeCommentActivity(activity, () => ({})),
  }
}
