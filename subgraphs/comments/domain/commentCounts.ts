/** The counts of one post, and the change that they include last. */
export interface CommentCounts {
  postId: string
  /** Incremented by each change of the counts: of two counts of one post, the higher version is the newer one. */
  version: number
  /** Visible comments, including replies. */
  visible: number
  /** Top-level comments, including deleted and hidden ones. */
  topLevel: number
  /** The comments that the last version has counted, until they are marked as counted by it. */
  journal: readonly CountedComment[]
}

/** How counts include one comment. */
export interface CountedComment {
  id: string
  /** Whether it was visible when it was counted. */
  visible: boolean
}

/** A comment that the counts of its post may not include as it is. */
export interface UncountedComment {
  id: string
  isVisible: boolean
  isTopLevel: boolean
  /** How it was marked as counted last, and by which version; undefined before the first time. */
  counted: { version: number; visible: boolean } | undefined
}

/** Returns the counts of a post before its first comment is counted. */
export const createCommentCounts = (postId: string): CommentCounts => ({
  postId,
  version: 0,
  visible: 0,
  topLevel: 0,
  journal: [],
})

/** Returns the next version of the counts of a post, which includes these comments as they are now. */
export function countComments(counts: CommentCounts, uncounted: readonly UncountedComment[]): CommentCounts {
  const journal = new Map(counts.journal.map((entry) => [entry.id, entry]))
  let { visible, topLevel } = counts
  for (const { id, isVisible, isTopLevel, counted } of uncounted) {
    const isMarked = counted !== undefined && counted.version >= counts.version
    const before = (isMarked ? undefined : journal.get(id)) ?? counted
    visible += Number(isVisible) - Number(before?.visible ?? false)
    topLevel += Number(isTopLevel && before === undefined)
  }
  return {
    postId: counts.postId,
    // Comments that were restored from a backup may be counted by a higher version than the counts.
    version: 1 + Math.max(counts.version, ...uncounted.map(({ counted }) => counted?.version ?? 0)),
    visible,
    topLevel,
    journal: uncounted.map(({ id, isVisible }) => ({ id, visible: isVisible })),
  }
}
