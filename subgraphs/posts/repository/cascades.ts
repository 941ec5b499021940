import type { QueryFilter } from 'mongoose'

import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import type { DeletedEntity } from '../../../packages/event-log/projections/deletedEntityTracker'
import { pushEvents } from '../../../packages/event-log/mongo/documentOutbox'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox/outboxRelay'
import { neverCommented, type CommentActivity } from '../domain/post'
import { notDeleted, type PostDocument, type PostModel } from './models'
import { buildDeletionUpdate } from './documents'

type Row = Pick<PostDocument, '_id' | 'authorId'>
type Update = ReturnType<typeof buildDeletionUpdate> | ReturnType<typeof authorForgotten>

const pageSize = 500

/** Keeps posts in step with what the other subgraphs tell. Doing any of it again changes nothing. */
export function createPostCascades(model: PostModel, tell: PublishPendingEvents) {
  async function* pages(): AsyncGenerator<Row[]> {
    for (let after = ''; ;) {
      const page = await model
        .find({ _id: { $gt: after }, ...notDeleted })
        .select('authorId')
        .sort({ _id: 1 })
        .limit(pageSize)
        .lean<Row[]>()
      const last = page.at(-1)
      if (!last) return
      yield page
      after = last._id
    }
  }

  /**
   * Changes posts, each with an event of its own.
   *
   * @param change the update of one; after it the post is none of these any more
   */
  async function changeEach(filter: QueryFilter<PostDocument>, change: () => Update): Promise<void> {
    for (;;) {
      const page = await model.find(filter).select('_id').limit(pageSize).lean<Row[]>()
      if (page.length === 0) return
      const ids = page.map(({ _id }) => _id)
      await model.bulkWrite(
        ids.map((_id) => ({ updateOne: { filter: { ...filter, _id }, update: change() } })),
        { ordered: false },
      )
      tell(...ids)
    }
  }

  async function forget(authors: QueryFilter<PostDocument>, endedAt: Date | null, now: Date): Promise<void> {
    // Drafts first: one that is published at this moment is found among the published ones then.
    await changeEach({ ...authors, status: 'DRAFT' }, () => buildDeletionUpdate(now))
    const before = endedAt && { publishedAt: { $lt: endedAt } }
    await changeEach({ ...authors, status: 'PUBLISHED', ...before }, () => authorForgotten(now))
    if (endedAt)
      await changeEach({ ...authors, publishedAt: { $gte: endedAt } }, () => buildDeletionUpdate(now))
  }

  return {
    /** All posts, page by page. */
    async *postIds(): AsyncGenerator<string[]> {
      for await (const page of pages()) yield page.map(({ _id }) => _id)
    },

    /** Those who wrote posts, page by page; one may come more than once. */
    async *authorIds(): AsyncGenerator<string[]> {
      for await (const page of pages()) {
        const ids = page.flatMap(({ authorId }) => (authorId === null ? [] : [authorId]))
        if (ids.length > 0) yield [...new Set(ids)]
      }
    },

    /** Takes in what is not older than what is known. It is no change to the post. */
    async noteActivity(activity: readonly CommentActivity[]): Promise<void> {
      if (activity.length === 0) return
      const writes = activity.map(({ postId, count, lastCommentedAt, asOf }) => {
        const known = {
          commentCount: count,
          lastCommentedAt: lastCommentedAt ?? neverCommented,
          commentsAsOf: asOf,
        }
        const filter = { _id: postId, ...notDeleted, commentsAsOf: { $not: { $gt: asOf } } }
        return { updateOne: { filter, update: { $set: known } } }
      })
      await model.bulkWrite(writes, { ordered: false })
    },

    /** The events are gone: the posts about them stay, and are about none. */
    async forgetEvents(eventIds: readonly string[]): Promise<void> {
      if (eventIds.length === 0) return
      await model.updateMany({ eventId: { $in: [...eventIds] } }, { $set: { eventId: null } })
    },

    /**
     * Removes the drafts of deleted accounts and what was published after their deletion was requested; what was published
     * before stays without an author.
     */
    async forgetAuthors(ended: readonly DeletedEntity[], now: Date): Promise<void> {
      const undated = ended
        .filter(({ deletionRequestedAt }) => deletionRequestedAt === null)
        .map(({ id }) => id)
      if (undated.length > 0) await forget({ authorId: { $in: undated } }, null, now)
      for (const { id, deletionRequestedAt } of ended)
        if (deletionRequestedAt) await forget({ authorId: id }, deletionRequestedAt, now)
    },
  }
}

function authorForgotten(now: Date) {
  const changed = createPendingEvent('post.changed', { status: 'PUBLISHED', authorId: null }, now)
  return { $set: { authorId: null }, ...pushEvents(changed) }
}
