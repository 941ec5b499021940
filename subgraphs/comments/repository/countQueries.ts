import type { Connection } from 'mongoose'

import { maxBatchSize, readBounds } from '../../../packages/platform'
import { countByParent, firstBatchSize, matchOneOf, requireDb } from '../../../packages/subgraph-kit/mongo'
import type { CommentActivity } from '../domain/comment'
import { countComments, createCommentCounts } from '../domain/commentCounts'
import {
  countsCollectionName,
  toCommentCounts,
  toUncountedComment,
  uncountedProjection,
  type CountsDocument,
} from './countDocuments'
import type { CommentDocument, CommentModel } from './models'

/** The numbers of comments of one post. */
export interface PostCommentCounts {
  /** Visible comments, including replies. */
  visible: number
  /** Top-level comments, including deleted and hidden ones. */
  topLevel: number
}

interface CountsRow {
  _id: string
  counts: [CountsDocument] | []
  uncounted: Pick<CommentDocument, '_id' | 'status' | 'depth' | 'counted'>[]
  after: [Pick<CountsDocument, 'version'>] | []
}

/** How often counts that change while they are read are read again. */
const maxReads = 3

/** Reads the numbers of comments of posts, at a cost that does not depend on these numbers. */
export function createCountQueries(connection: Connection, model: CommentModel) {
  const comments = model.collection.collectionName
  const byPost = { from: countsCollectionName, localField: '_id', foreignField: '_id' }

  /**
   * Returns the counts of those posts of which no comment is marked. Comments that were not marked when the marks were read are
   * part of the counts that are read afterwards.
   */
  async function readUnmarkedCounts(postIds: readonly string[]): Promise<Map<string, PostCommentCounts>> {
    const marked = new Set<unknown>(
      await connection
        .collection(comments)
        .distinct('uncountedIn', { uncountedIn: matchOneOf(postIds) }, readBounds()),
    )
    const stored = await connection
      .collection<Pick<CountsDocument, '_id' | 'visible' | 'topLevel'>>(countsCollectionName)
      .find(
        { _id: matchOneOf(postIds) },
        { projection: { visible: 1, topLevel: 1 }, batchSize: firstBatchSize, ...readBounds() },
      )
      .toArray()
    const counts = new Map(stored.map((each) => [each._id, each]))
    return new Map(
      postIds
        .filter((id) => !marked.has(id))
        .map((id) => {
          const { visible, topLevel } = counts.get(id) ?? createCommentCounts(id)
          return [id, { visible, topLevel }]
        }),
    )
  }

  /** Returns the counts of those posts whose counts have not changed during the read, with their marked comments. */
  async function readCounts(postIds: readonly string[]): Promise<Map<string, PostCommentCounts>> {
    const uncounted = [{ $limit: maxBatchSize + 1 }, { $project: uncountedProjection }]
    const found = await requireDb(connection)
      .aggregate<CountsRow>(
        [
          { $documents: postIds.map((_id) => ({ _id })) },
          { $lookup: { ...byPost, as: 'counts' } },
          {
            $lookup: {
              from: comments,
              localField: '_id',
              foreignField: 'uncountedIn',
              pipeline: uncounted,
              as: 'uncounted',
            },
          },
          { $lookup: { ...byPost, pipeline: [{ $project: { version: 1 } }], as: 'after' } },
        ],
        { batchSize: firstBatchSize, ...readBounds() },
      )
      .toArray()
    const stable = found.filter(
      ({ counts, uncounted, after }) =>
        counts[0]?.version === after[0]?.version && uncounted.length <= maxBatchSize,
    )
    return new Map(
      stable.map(({ _id, counts, uncounted }) => {
        const stored = counts[0] ? toCommentCounts(counts[0]) : createCommentCounts(_id)
        const { visible, topLevel } = countComments(stored, uncounted.map(toUncountedComment))
        return [_id, { visible, topLevel }]
      }),
    )
  }

  /** Counts the comments themselves. */
  async function countByIndex(postIds: readonly string[]): Promise<Map<string, PostCommentCounts>> {
    const [visible, topLevel] = await Promise.all([
      countByParent(model, 'postId', postIds, { status: 'VISIBLE' }),
      countByParent(model, 'postId', postIds, { depth: 0 }),
    ])
    return new Map(
      postIds.map((id) => [id, { visible: visible.get(id) ?? 0, topLevel: topLevel.get(id) ?? 0 }]),
    )
  }

  return {
    /** Returns the exact numbers of comments of each post, including those of a write that has just ended. */
    async findCounts(postIds: readonly string[]): Promise<Map<string, PostCommentCounts>> {
      const found = await readUnmarkedCounts(postIds)
      for (let reads = 0; reads < maxReads; reads++) {
        const missing = postIds.filter((id) => !found.has(id))
        if (missing.length === 0) return found
        for (const [id, counts] of await readCounts(missing)) found.set(id, counts)
      }
      const missing = postIds.filter((id) => !found.has(id))
      return new Map([...found, ...(await countByIndex(missing))])
    },

    countByIndex,

    /** Returns the comment activity of each post by its stored counts, also of posts without comments. */
    async findActivity(postIds: readonly string[]): Promise<CommentActivity[]> {
      // One key of the index on postId, status and createdAt.
      const latest = [
        { $match: { status: 'VISIBLE' } },
        { $sort: { createdAt: -1 } },
        { $limit: 1 },
        { $project: { _id: 0, createdAt: 1 } },
      ]
      const found = await requireDb(connection)
        .aggregate<{ _id: string; asOf: Date; counts: CountsRow['counts']; latest: { createdAt: Date }[] }>(
          [
            { $documents: postIds.map((_id) => ({ _id, asOf: '$$NOW' })) },
            { $lookup: { ...byPost, as: 'counts' } },
            // After the counts, so that it is at least as new as their version.
            {
              $lookup: {
                from: comments,
                localField: '_id',
                foreignField: 'postId',
                pipeline: latest,
                as: 'latest',
              },
            },
          ],
          { batchSize: firstBatchSize, ...readBounds() },
        )
        .toArray()
      return found.map(({ _id, asOf, counts: [counts], latest: [latest] }) => ({
        postId: _id,
        count: counts?.visible ?? 0,
        lastCommentedAt: latest?.createdAt ?? null,
        version: counts?.version ?? 0,
        asOf,
      }))
    },
  }
}
