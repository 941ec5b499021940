import type { Connection } from 'mongoose'

import type { Page } from '../../../packages/subgraph-kit/pagination'
import {
  countByParent,
  findByIds,
  findPages,
  firstBatchSize,
  readDistinctValues,
  type ChildList,
} from '../../../packages/subgraph-kit/mongo'
import type { CommentRecord } from '../domain/comment'
import { commentProjection, toComment } from './documents'
import type { CommentDocument, CommentModel } from './models'

const visible = { status: 'VISIBLE' } as const
const listed = { ...visible, underDraft: false }

/** Reads comments. */
export function createCommentQueries(connection: Connection, model: CommentModel) {
  async function findCommentPages(
    list: ChildList<CommentDocument>,
    ids: readonly string[],
    page: Page,
  ): Promise<Map<string, CommentRecord[]>> {
    const found = await findPages(connection, model, { ...list, projection: commentProjection }, ids, page)
    return new Map([...found].map(([id, documents]) => [id, documents.map(toComment)]))
  }

  return {
    async findByIds(ids: readonly string[]): Promise<Map<string, CommentRecord>> {
      const documents = await findByIds(model, ids, commentProjection)
      return new Map(documents.map((document) => [document._id, toComment(document)]))
    },

    /** Returns a page of the top-level comments of each post. */
    findPagesByPost: (postIds: readonly string[], page: Page) =>
      findCommentPages({ childField: 'postId', filter: { depth: 0 } }, postIds, page),
    /** Returns a page of the replies to each comment. */
    findPagesByParent: (parentIds: readonly string[], page: Page) =>
      findCommentPages({ childField: 'parentId', filter: {}, isShort: true }, parentIds, page),
    /** Returns a page of the visible comments of each user on published posts. */
    findPagesByAuthor: (authorIds: readonly string[], page: Page) =>
      findCommentPages({ childField: 'authorId', filter: listed }, authorIds, page),

    // The lengths of the last two lists. Parents without comments have no entry.
    countRepliesByParent: (parentIds: readonly string[]) => countByParent(model, 'parentId', parentIds, {}),
    countListedByAuthor: (authorIds: readonly string[]) =>
      countByParent(model, 'authorId', authorIds, listed),

    /** Counts the visible direct replies to each comment. */
    countVisibleByParent: (parentIds: readonly string[]) =>
      countByParent(model, 'parentId', parentIds, visible),

    /** Returns the posts that each user commented on and that were drafts or deleted when last known. */
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
    /** Yields the IDs of all authors, sorted, in pages of at most 500. */
    listReferencedUserIds: () => readDistinctValues(model, 'authorId'),
  }
}
