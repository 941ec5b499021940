import mongoose, { type Connection } from 'mongoose'

import {
  ensureIndexes,
  findByIds,
  firstBatchSize,
  toStoredDocument,
} from '../../../packages/subgraph-kit/mongo/database'
import type { DeletedEntity } from '../../../packages/event-log/projections/deletedEntityTracker'
import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import { pushEvents, insertWithEvents } from '../../../packages/event-log/mongo/documentOutbox'
import { publishLater, type PublishPendingEvents } from '../../../packages/event-log/outbox/outboxRelay'
import {
  countByParent,
  findPages,
  requireDb,
  readDistinctValues,
} from '../../../packages/subgraph-kit/mongo/keysetPages'
import type { Page } from '../../../packages/subgraph-kit/graphql/pagination'
import { readBounds } from '../../../packages/platform/request/readBounds'
import type { Comment, CommentActivity, CommentEventType, CommentStatus } from '../domain/comment'
import { createCommentModel, obsoleteIndexNames, type CommentDocument, type CommentRecord } from './models'

export type { CommentRecord } from './models'
export type CommentRepository = ReturnType<typeof createCommentRepository>

/** What may change in a comment once it is written. */
export type CommentChanges = Partial<Pick<Comment, 'body' | 'authorId' | 'status' | 'editedAt'>>

/** A change of one comment. */
export interface ConditionalCommentChange {
  comment: Pick<Comment, 'id' | 'postId'>
  /** Only while it is in one of these statuses, so that a text once deleted never comes back. */
  allowedStatuses: readonly CommentStatus[]
  /** Only while it is this author's. */
  requiredAuthorId?: string
  changes: CommentChanges
  /** What others are told of it. */
  eventType: CommentEventType
  now: Date
}

const mostAtOnce = 500

/**
 * Reads and writes comments. Every write is one atomic operation on one document, and what others are told of it is in
 * the same one.
 *
 * @param tell told of what is written with events
 */
export function createCommentRepository(connection: Connection, tell: PublishPendingEvents = publishLater) {
  const model = createCommentModel(connection)
  const showing = { status: 'VISIBLE' } as const
  const listed = { ...showing, underDraft: false }

  async function pages(
    field: 'postId' | 'parentId' | 'authorId',
    ids: readonly string[],
    filter: Partial<Pick<CommentDocument, 'depth' | 'status' | 'underDraft'>>,
    page: Page,
  ): Promise<Map<string, CommentRecord[]>> {
    const found = await findPages<CommentDocument>(connection, model, field, ids, filter, page)
    return new Map([...found].map(([id, documents]) => [id, documents.map(fromDocument)]))
  }

  /** Deletes a user's comments of this time or later; their places in the threads stay. */
  async function deleteWrittenSince(authorId: string, since: Date, now: Date): Promise<void> {
    for (;;) {
      const found = await model
        .find({ authorId, createdAt: { $gte: since } })
        .select('postId')
        .limit(mostAtOnce)
        .lean<{ _id: string; postId: string }[]>()
      if (found.length === 0) return
      const to = { status: 'DELETED', body: null, authorId: null } as const
      await model.bulkWrite(
        found.map(({ _id, postId }) => {
          const deleted = createPendingEvent('comment.deleted', { postId }, now)
          return { updateOne: { filter: { _id, authorId }, update: { $set: to, ...pushEvents(deleted) } } }
        }),
        { ordered: false },
      )
      tell(...found.map(({ _id }) => _id))
    }
  }

  return {
    async prepare(): Promise<void> {
      await ensureIndexes(model)
      for (const name of obsoleteIndexNames) await model.collection.dropIndex(name).catch(ignoreMissing)
    },

    /** Those of these comments that are there, by ID. */
    async commentsByIds(ids: readonly string[]): Promise<Map<string, CommentRecord>> {
      const documents = await findByIds(model, ids)
      return new Map(documents.map((document) => [document._id, fromDocument(document)]))
    },

    /** A page of the top-level comments of each post; see {@link findPages}. */
    pagesByPost: (postIds: readonly string[], page: Page) => pages('postId', postIds, { depth: 0 }, page),
    /** A page of the replies to each comment. */
    pagesByParent: (parentIds: readonly string[], page: Page) => pages('parentId', parentIds, {}, page),
    /** A page of what each user wrote and everyone may read. */
    pagesByAuthor: (authorIds: readonly string[], page: Page) => pages('authorId', authorIds, listed, page),

    /** How many rows those lists have; a post, comment or user without any has no entry. */
    countTopLevelByPost: (postIds: readonly string[]) =>
      countByParent(model, 'postId', postIds, { depth: 0 }),
    countRepliesByParent: (parentIds: readonly string[]) => countByParent(model, 'parentId', parentIds, {}),
    countListedByAuthor: (authorIds: readonly string[]) =>
      countByParent(model, 'authorId', authorIds, listed),

    /** How many comments show under each post, replies included. */
    countShowingByPost: (postIds: readonly string[]) => countByParent(model, 'postId', postIds, showing),
    /** How many direct replies to each comment show. */
    countShowingByParent: (parentIds: readonly string[]) =>
      countByParent(model, 'parentId', parentIds, showing),

    /** How much shows under each post: each has an entry. */
    async activity(postIds: readonly string[]): Promise<CommentActivity[]> {
      // Of an index alone: see the model.
      const pipeline = [
        { $match: showing },
        { $group: { _id: null, count: { $sum: 1 }, latest: { $max: '$createdAt' } } },
      ]
      const from = model.collection.collectionName
      const found = await requireDb(connection)
        .aggregate<{ _id: string; asOf: Date; shown: [{ count: number; latest: Date }] | [] }>(
          [
            { $documents: postIds.map((_id) => ({ _id, asOf: '$$NOW' })) },
            { $lookup: { from, localField: '_id', foreignField: 'postId', pipeline, as: 'shown' } },
          ],
          { batchSize: firstBatchSize, ...readBounds() },
        )
        .toArray()
      return found.map(({ _id, asOf, shown: [shown] }) => ({
        postId: _id,
        count: shown?.count ?? 0,
        lastCommentedAt: shown?.latest ?? null,
        asOf,
      }))
    },

    /** The posts that each user has commented on while they were drafts and that may be published by now. */
    async draftPostIdsByAuthor(authorIds: readonly string[]): Promise<Map<string, string[]>> {
      const found = await model
        .aggregate<{ _id: string; postIds: string[] }>([
          { $match: { authorId: { $in: authorIds }, status: 'VISIBLE', underDraft: true } },
          { $group: { _id: '$authorId', postIds: { $addToSet: '$postId' } } },
        ])
        .option({ batchSize: firstBatchSize })
      return new Map(found.map(({ _id, postIds }) => [_id, postIds]))
    },

    /** Notes that these posts are published: what was written under them as drafts now shows like all else. */
    async notePublished(postIds: readonly string[]): Promise<void> {
      if (postIds.length === 0) return
      await model.updateMany({ postId: { $in: postIds }, underDraft: true }, { $set: { underDraft: false } })
    },

    async insert(comment: CommentRecord): Promise<void> {
      const { id, postId, createdAt } = comment
      const added = createPendingEvent('comment.added', { postId }, createdAt)
      await model.create({ ...toStoredDocument(comment), ...insertWithEvents(added) })
      tell(id)
    },

    /**
     * Changes a comment in one step.
     *
     * @returns the comment as it is now, or undefined where there is none that may be changed so
     */
    async change({
      comment,
      allowedStatuses,
      requiredAuthorId,
      changes,
      eventType,
      now,
    }: ConditionalCommentChange) {
      const { id, postId } = comment
      const document = await model
        .findOneAndUpdate(
          {
            _id: id,
            status: { $in: allowedStatuses },
            ...(requiredAuthorId !== undefined && { authorId: requiredAuthorId }),
          },
          { $set: changes, ...pushEvents(createPendingEvent(eventType, { postId }, now)) },
          { returnDocument: 'after' },
        )
        .lean<CommentDocument | null>()
      if (!document) return undefined
      tell(id)
      return fromDocument(document)
    },

    /** Takes a comment back that nobody should have seen. */
    async remove(id: string): Promise<void> {
      await model.deleteOne({ _id: id })
    },

    /** The posts that comments stand under, in order, page by page. */
    postIds: () => readDistinctValues(model, 'postId'),
    /** The posts that were drafts when they were commented on, and may be published by now. */
    postIdsOfDrafts: () => readDistinctValues(model, 'postId', { filter: { underDraft: true } }),
    /** Those who wrote comments, in order, page by page. */
    authorIds: () => readDistinctValues(model, 'authorId'),

    /** Removes all comments of these posts, some at a time. @throws when the signal is aborted, where more are left */
    async removeUnder(postIds: readonly string[], signal: AbortSignal): Promise<void> {
      if (postIds.length === 0) return
      for (;;) {
        signal.throwIfAborted()
        const found = await model
          .find({ postId: { $in: postIds } })
          .select({ _id: 1 })
          .limit(mostAtOnce)
          .lean<{ _id: string }[]>()
        if (found.length === 0) return
        await model.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } })
      }
    },

    /** Deletes what deleted accounts wrote after their deletion was requested; what they wrote before stays without an author. */
    async forgetAuthors(ended: readonly DeletedEntity[], now: Date): Promise<void> {
      const undated = ended
        .filter(({ deletionRequestedAt }) => deletionRequestedAt === null)
        .map(({ id }) => id)
      if (undated.length > 0) await model.updateMany({ authorId: { $in: undated } }, { authorId: null })
      for (const { id: authorId, deletionRequestedAt } of ended) {
        if (!deletionRequestedAt) continue
        await model.updateMany({ authorId, createdAt: { $lt: deletionRequestedAt } }, { authorId: null })
        await deleteWrittenSince(authorId, deletionRequestedAt, now)
      }
    },

    /** Inserts those of these comments that are not there yet; one that is there stays as it is. */
    async importComments(comments: readonly Comment[]): Promise<{ inserted: number }> {
      if (comments.length === 0) return { inserted: 0 }
      const writes = comments.map((comment) => {
        const { _id, ...rest } = toStoredDocument({ ...comment, underDraft: false })
        return { updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true } }
      })
      const { upsertedCount } = await model.bulkWrite(writes, { ordered: false })
      return { inserted: upsertedCount }
    },
  }
}

function fromDocument({ _id, ...rest }: CommentDocument): CommentRecord {
  return { id: _id, ...rest }
}

/** For an index that is not there. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof mongoose.mongo.MongoServerError) || error.codeName !== 'IndexNotFound') throw error
}
