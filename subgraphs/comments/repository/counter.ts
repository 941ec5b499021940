import mongoose, { type Connection } from 'mongoose'

import { duplicateKeyCode, readIdPages } from '../../../packages/event-log/mongo'
import { maxBatchSize, readBounds } from '../../../packages/platform'
import { countComments, createCommentCounts, type CommentCounts } from '../domain/commentCounts'
import {
  countsCollectionName,
  toCommentCounts,
  toUncountedComment,
  uncountedProjection,
  type CountsDocument,
} from './countDocuments'
import type { CommentDocument, CommentModel } from './models'

export type CommentCounter = ReturnType<typeof createCommentCounter>

const isVisible = { $eq: ['$status', 'VISIBLE'] }
/** Matches unmarked comments that are counted in another state than theirs, or not at all. */
const isMiscounted = {
  uncountedIn: { $exists: false },
  $expr: { $ne: ['$counted.visible', isVisible] },
}

const markWithOwnPost = [{ $set: { uncountedIn: '$postId' } }]

/**
 * Keeps the counts of posts current. A comment that is added or changes its visibility is marked in the same write
 * (`uncountedIn`). To count it is three writes, each idempotent, in any process:
 *
 * 1. the counts of its post, with the comment in their journal, on the condition that their version is unchanged;
 * 2. the comment: in which state and by which version it is counted. The mark goes unless the state has changed since;
 * 3. the journal is emptied.
 *
 * After a crash between them, the next process continues with the journal. Readers add the marked comments to the stored
 * counts, so that counts are exact at any time.
 */
export function createCommentCounter(connection: Connection, model: CommentModel) {
  const collection = connection.collection<CountsDocument>(countsCollectionName)
  const comments = connection.collection<CommentDocument>(model.collection.collectionName)

  async function readCounts(postIds: readonly string[]): Promise<Map<string, CommentCounts>> {
    const found = await collection.find({ _id: { $in: [...postIds] } }, readBounds()).toArray()
    return new Map(found.map((document) => [document._id, toCommentCounts(document)]))
  }

  async function findUncounted(postIds: readonly string[]) {
    return comments
      .find(
        { uncountedIn: { $in: [...postIds] } },
        { projection: { ...uncountedProjection, uncountedIn: 1 }, ...readBounds() },
      )
      .limit(maxBatchSize)
      .toArray()
  }

  /**
   * Writes counts on the condition that this version is stored; 0: none.
   *
   * @returns whether all were written
   */
  async function writeCounts(changed: readonly (CommentCounts & { replaces: number })[]): Promise<boolean> {
    const writes = changed.map(({ postId, version, replaces, ...counts }) => ({
      updateOne: {
        filter: { _id: postId, version: replaces },
        update: { $set: { ...counts, journal: [...counts.journal], version } },
        // Violates the unique `_id` if another process has inserted counts first.
        upsert: replaces === 0,
      },
    }))
    try {
      const { matchedCount, upsertedCount } = await collection.bulkWrite(writes, { ordered: false })
      return matchedCount + upsertedCount === changed.length
    } catch (error) {
      if (error instanceof mongoose.mongo.MongoBulkWriteError && error.code === duplicateKeyCode) return false
      throw error
    }
  }

  /** Marks the comments of journals as counted, and empties the journals. */
  async function completeJournals(counted: readonly CommentCounts[]): Promise<void> {
    const open = counted.filter(({ journal }) => journal.length > 0)
    if (open.length === 0) return
    const marks = open.flatMap(({ version, journal }) =>
      journal.map(({ id, visible }) => ({
        updateOne: {
          filter: { _id: id, 'counted.version': { $not: { $gte: version } } },
          update: [
            {
              $set: {
                counted: { version, visible },
                uncountedIn: { $cond: [{ $eq: [isVisible, visible] }, '$$REMOVE', '$uncountedIn'] },
              },
            },
          ],
        },
      })),
    )
    await comments.bulkWrite(marks, { ordered: false })
    const emptied: mongoose.mongo.AnyBulkWriteOperation<CountsDocument>[] = open.map(
      ({ postId: _id, version }) => ({
        updateOne: { filter: { _id, version }, update: { $set: { journal: [] } } },
      }),
    )
    await collection.bulkWrite(emptied, { ordered: false })
  }

  /** Counts the marked comments of at most 500 posts. Idempotent. */
  async function countMarked(postIds: readonly string[]): Promise<void> {
    if (postIds.length === 0) return
    for (;;) {
      const stored = await readCounts(postIds)
      await completeJournals([...stored.values()])
      const uncounted = await findUncounted(postIds)
      const changed = postIds.flatMap((postId) => {
        const marked = uncounted.filter(({ uncountedIn }) => uncountedIn === postId)
        if (marked.length === 0) return []
        const counts = stored.get(postId)
        // The journal is completed: the comments say how they are counted.
        const base = { ...(counts ?? createCommentCounts(postId)), journal: [] }
        return { ...countComments(base, marked.map(toUncountedComment)), replaces: base.version }
      })
      if (changed.length === 0) return
      if (!(await writeCounts(changed))) continue
      await completeJournals(changed)
      if (uncounted.length < maxBatchSize) return
    }
  }

  /** Marks those of these comments that are miscounted. */
  async function markMiscounted(ids: readonly string[]): Promise<void> {
    await comments.updateMany({ _id: { $in: [...ids] }, ...isMiscounted }, markWithOwnPost)
  }

  return {
    readCounts,
    writeCounts,
    countMarked,

    /** Counts those of these comments, at most 500, that others have changed without a mark, and all marked ones. Idempotent. */
    async countChanged(changed: readonly { id: string; postId: string }[]): Promise<void> {
      await markMiscounted(changed.map(({ id }) => id))
      await countMarked([...new Set(changed.map(({ postId }) => postId))])
    },

    /** Marks all miscounted comments. Idempotent. @throws AbortError */
    async markAllMiscounted(signal: AbortSignal): Promise<void> {
      for await (const ids of readIdPages(connection, model.collection.collectionName)) {
        signal.throwIfAborted()
        await markMiscounted(ids)
      }
    },

    /** Returns at most 500 posts with marked comments. */
    async findPostsWithMarks(): Promise<string[]> {
      const found = await comments
        .find({ uncountedIn: { $exists: true } }, { projection: { uncountedIn: 1 }, ...readBounds() })
        .limit(maxBatchSize)
        .toArray()
      return [...new Set(found.flatMap(({ uncountedIn }) => uncountedIn ?? []))]
    },

    /** Returns those of these posts that have marked comments. */
    async selectPostsWithMarks(postIds: readonly string[]): Promise<Set<string | undefined>> {
      return new Set(
        await comments.distinct('uncountedIn', { uncountedIn: { $in: [...postIds] } }, readBounds()),
      )
    },

    /** Yields the IDs of the posts with stored counts, in pages of at most 500. */
    listCountedPostIds: () => readIdPages(connection, countsCollectionName),

    /** Returns the highest version that has counted a comment of a post. */
    async findHighestVersion(postId: string): Promise<number> {
      const [highest] = await comments
        .find({ postId }, { projection: { counted: 1 }, ...readBounds() })
        .sort({ 'counted.version': -1 })
        .limit(1)
        .toArray()
      return highest?.counted?.version ?? 0
    },

    /** Removes the counts of deleted posts. */
    async removeCounts(postIds: readonly string[]): Promise<void> {
      await collection.deleteMany({ _id: { $in: [...postIds] } })
    },
  }
}
