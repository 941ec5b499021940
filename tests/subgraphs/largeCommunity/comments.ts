import { writeInBatches } from '../../../bench/fillDatabases'
import { newId } from '../../../schema/ids'
import { startComments } from '../comments/support'
import { prolificIds, type Bound, type ListCommunity } from './community'

const postIds = Array.from({ length: 20 }, () => newId('Post'))
const commentIds = Array.from({ length: 20 }, () => newId('Comment'))
/** Of the first post and comment; the others have a few. */
const childCount = 3000

/** Pages of 20 replies, and one more of each to detect a next page. */
const scannedReplies: Bound = {
  description: 'two pages of each comment',
  examined: 2 * 21 * commentIds.length + commentIds.length,
}

const at = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * 1000)

/** Makes the comments of a post, or the replies to a comment. */
const makeChildren = (position: object, parentIndex: number) =>
  Array.from({ length: parentIndex === 0 ? childCount : 5 }, (_, index) => ({
    ...position,
    createdAt: at(index),
  }))

export const comments: ListCommunity = {
  async start(community) {
    const subgraph = await startComments()
    await writeInBatches(community.comments(), (batch) => subgraph.seed(...batch))
    await subgraph.seed(...commentIds.map((id) => ({ id })))
    const children = [
      ...postIds.flatMap((postId, index) => makeChildren({ postId }, index)),
      ...commentIds.flatMap((parentId, index) => makeChildren({ parentId, depth: 1 }, index)),
    ]
    await writeInBatches(children, (batch) => subgraph.seed(...batch))
    return subgraph
  },
  lists: [
    { field: 'Post.comments', parentIds: postIds },
    { field: 'Comment.replies', parentIds: commentIds.slice(0, 1) },
    { field: 'Comment.replies', parentIds: commentIds, bound: scannedReplies },
    { field: 'User.comments', parentIds: prolificIds },
  ],
}
