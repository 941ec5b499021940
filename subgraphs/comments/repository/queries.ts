import type { Connection } from 'mongoose'

import { readBounds } from '../../../packages/platform'
import type { Page } from '../../../packages/subgraph-kit/pagination'
import {
  countByParent,
  findByIds,
  findPages,
  firstBatchSize,
  readDistinctValues,
  requireDb,
} from '../../../packages/subgraph-kit/mongo'
import type { CommentActivity, CommentRecord } from '../domain/comment'
import { toComment } from './documents'
import type { CommentDocument, CommentModel } from './models'

const visible = { status: 'VISIBLE' } as const
const listed = { ...visible, underDraft: false }

/** Reads comments. */
export function createCommentQueries(connection: Connection, model: CommentModel) {
  async function findCommentPages(
    field: 'postId' | 'parentId' | 'authorId',
    ids: readonly string[],
    filter: Partial<Pick<CommentDocument, 'depth' | 'status' | 'underDraft'>>,
    page: Page,
  ): Promise<Map<string, CommentRecord[]>> {
    const found = await findPages<CommentDocument>(connection, model, field, ids, filter, page)
    return new Map([...found].map(([id, documents]) => [id, documents.map(toComment)]))
  }

  return {
    async findByIds(ids: readonly string[]): Promise<Map<string, CommentRecord>> {
      const documents = await findByIds(model, ids)
      return new Map(documents.map((document) => [document._id, toComment(document)]))
    },

    /** Returns a page of the top-level comments of each post. */
    findPagesByPost: (postIds: readonly string[], page: Page) =>
      findCommentPages('postId', postIds, { depth: 0 }, page),
    /** Returns a page of the replies to each comment. */
    findPagesByParent: (parentIds: readonly string[], page: Page) =>
      findCommentPages('parentId', parentIds, {}, page),
    /** Returns a page of the visible comments of each user on published posts. */
    findPagesByAuthor: (authorIds: readonly string[], page: Page) =>
      findCommentPages('authorId', authorIds, listed, page),

    // The lengths of those lists. Parents without comments have no entry.
    countTopLevelByPost: (postIds: readonly string[]) =>
      countByParent(model, 'postId', postIds, { depth: 0 }),
    countRepliesByParent: (parentIds: readonly string[]) => countByParent(model, 'parentId', parentIds, {}),
    countListedByAuthor: (authorIds: readonly string[]) =>
      countByParent(model, 'authorId', authorIds, listed),

    /** Counts the visible comments of each post, including replies. */
    countVisibleByPost: (postIds: readonly string[]) => countByParent(model, 'postId', postIds, visible),
    /** Counts the visible direct replies to each comment. */
    countVisibleByParent: (parentIds: readonly string[]) =>
      countByParent(model, 'parentId', parentIds, visible),

    /** Returns the comment activity of each post, also of posts without comments. */
    async findActivity(postIds: readonly string[]): Promise<CommentActivity[]> {
      // Covered by the index on postId, status and createdAt.
      const pipeline = [
        { $match: visible },
        { $group: { _id: null, count: { $sum: 1 }, latest: { $max: '$createdAt' } } },
      ]
      const from = model.collection.collectionName
      const found = await requireDb(connection)
        .aggregate<{ _id: string; asOf: Date; activity: [{ count: number; latest: Date }] | [] }>(
          [
            { $documents: postIds.map((_id) => ({ _id, asOf: '$$NOW' })) },
            { $lookup: { from, localField: '_id', foreignField: 'postId', pipeline, as: 'activity' } },
          ],
          { batchSize: firstBatchSize, ...readBounds() },
        )
        .toArray()
      return found.map(({ _id, asOf, activity: [activity] }) => ({
        postId: _id,
        count: activity?.count ?? 0,
        lastCommentedAt: activity?.latest ?? null,
        asOf,
      }))
    },

    /** Returns the posts that each user commented on while they were drafts, and that may have been published since. */
    async findDraftPostIdsByAuthor(authorIds: readonly string[]): Promise<Map<string, string[]>> {
      const found = await model
        .aggregate<{ _id: string; postIds: string[] }>([
          { $match: { authorId: { $in: authorIds }, ...visible, underDraft: true } },
          { $group: { _id: '$authorId', postIds: { $addToSet: '$postId' } } },
        ])
        .option({ batchSize: firstBatchSize })
      return new Map(found.map(({ _id, postIds }) => [_id, postIds]))
    },

    /** Yields the IDs of all posts with comments, sorted, in pages of at most 500. */
    listPostIds: () => readDistinctValues(model, 'postId'),
    /** Yields the IDs of posts with comments written under a draft, sorted, in pages of at most 500. */
    listDraftPostIds: () => readDistinctValues(model, 'postId', { filter: { underDraft: true } }),
    /** Yields the IDs of all authors, sorted, in pages of at most 500. */
    listReferencedUserIds: () => readDistinctValues(model, 'authorId'),
  }
}
