import { createCommentCounts, type CommentCounts } from '../domain/commentCounts'
import type { CommentCounter } from './counter'
import type { PostCommentCounts } from './countQueries'

interface RecountOptions {
  counter: CommentCounter
  /** Counts the comments themselves. */
  countByIndex(postIds: readonly string[]): Promise<Map<string, PostCommentCounts>>
  /** Yields the IDs of all posts with comments, in pages of at most 500. */
  listPostIds(): AsyncIterable<string[]>
  signal: AbortSignal
}

/** How often a post whose comments change while they are counted is counted again. */
const maxAttempts = 5

/**
 * Counts all comments, also those that were restored, removed or imported without the knowledge of the counts. The system
 * may be running. Idempotent.
 *
 * @throws AbortError
 */
export async function recountComments(options: RecountOptions): Promise<void> {
  const { counter, listPostIds, signal } = options
  await counter.markAllMiscounted(signal)
  for (;;) {
    signal.throwIfAborted()
    const marked = await counter.findPostsWithMarks()
    if (marked.length === 0) break
    await counter.countMarked(marked)
  }
  // Posts without comments may have counts, and posts with comments may have none.
  for (const pages of [listPostIds(), counter.listCountedPostIds()]) {
    for await (const postIds of pages) {
      signal.throwIfAborted()
      await correctCounts(options, postIds)
    }
  }
}

/**
 * Replaces the stored counts of at most 500 posts that differ from their comments, for example after rows were restored.
 *
 * @throws AbortError
 */
export async function correctCounts(
  { counter, countByIndex, signal }: Omit<RecountOptions, 'listPostIds'>,
  postIds: readonly string[],
): Promise<void> {
  let unverified = [...postIds]
  for (let attempt = 0; attempt < maxAttempts && unverified.length > 0; attempt++) {
    signal.throwIfAborted()
    await counter.countMarked(unverified)
    const stored = await counter.readCounts(unverified)
    const counted = await countByIndex(unverified)
    // Read last: a comment without a mark is either counted in both, or has changed after both.
    const marked = await counter.selectPostsWithMarks(unverified)
    const verified = unverified.filter((id) => !marked.has(id) && !stored.get(id)?.journal.length)
    const corrections: (CommentCounts & { replaces: number })[] = []
    for (const postId of verified) {
      const { visible = 0, topLevel = 0 } = counted.get(postId) ?? {}
      const counts = stored.get(postId)
      if (counts?.visible === visible && counts.topLevel === topLevel) continue
      const version = 1 + (counts?.version ?? (await counter.findHighestVersion(postId)))
      corrections.push({
        ...createCommentCounts(postId),
        visible,
        topLevel,
        version,
        replaces: counts?.version ?? 0,
      })
    }
    const isWritten = corrections.length === 0 || (await counter.writeCounts(corrections))
    unverified = isWritten ? unverified.filter((id) => !verified.includes(id)) : unverified
  }
}
