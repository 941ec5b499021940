import type { Connection } from 'mongoose'

import { ensureIndexes, findByIds, firstBatch, toStored } from '../shared/database'
import { countByParent, findPages, requireDb } from '../shared/keyset'
import type { Page } from '../shared/pagination'
import type { Comment, CommentActivity, CommentStatus } from './comment'
import { createCommentModel, type CommentDocument, type CommentRecord } from './model'

export type { CommentRecord } from './model'
export type CommentRepository = ReturnType<typeof createCommentRepository>

/** What may change in a comment once it is written. */
export type CommentChange = Partial<Pick<Comment, 'body' | 'authorId' | 'status' | 'editedAt'>>

/** Reads and writes comments. Every write is one atomic operation on one document. */
export function createCommentRepository(connection: Connection) {
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

  return {
    prepare: () => ensureIndexes(model),

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
          { batchSize: firstBatch },
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
        .option({ batchSize: firstBatch })
      return new Map(found.map(({ _id, postIds }) => [_id, postIds]))
    },

    /** Notes that these posts are published: what was written under them as drafts now shows like all else. */
    async notePublished(postIds: readonly string[]): Promise<void> {
      await model.updateMany({ postId: { $in: postIds }, underDraft: true }, { $set: { underDraft: false } })
    },

    async insert(comment: CommentRecord): Promise<void> {
      await model.create(toStored(comment))
    },

    /**
     * Changes a comment in one step, only while it is in one of these statuses, so that a text once deleted never
     * comes back.
     *
     * @returns the comment as it is now, or undefined where there is none in such a status
     */
    async change(
      id: string,
      statuses: readonly CommentStatus[],
      change: CommentChange,
    ): Promise<CommentRecord | undefined> {
      const document = await model
        .findOneAndUpdate(
          { _id: id, status: { $in: statuses } },
          { $set: change },
          { returnDocument: 'after' },
        )
        .lean<CommentDocument | null>()
      return document ? fromDocument(document) : undefined
    },

    /** Inserts those of these comments that are not there yet; one that is there stays as it is. */
    async importComments(comments: readonly Comment[]): Promise<{ inserted: number }> {
      if (comments.length === 0) return { inserted: 0 }
      const writes = comments.map((comment) => {
        const { _id, ...rest } = toStored({ ...comment, underDraft: false })
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
