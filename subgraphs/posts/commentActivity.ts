import { z } from 'zod'

import { startDurableConsumer } from '../shared/feed/durableConsumer'
import type { FeedEvent, RunningConsumer } from '../shared/feed/feed'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { askCommentActivity } from './comments'
import type { CommentActivity } from './post'

/** What becomes of posts when they are commented on. Doing it again changes nothing. */
export interface PostsOfComments {
  /** All posts, page by page, of at most 500. */
  postIds(): AsyncIterable<readonly string[]>
  /** So much is said on these posts. */
  noteActivity(activity: readonly CommentActivity[]): Promise<void>
}

export interface CommentActivityOptions extends SubgraphTools {
  comments: Peer
  posts: PostsOfComments
}

/** What changes how much is said on a post. */
const counted = z.object({
  type: z.enum(['comment.added', 'comment.deleted', 'comment.hidden', 'comment.unhidden']),
  data: z.object({ postId: z.string() }),
})
const mostAtOnce = 500

/**
 * How much is said on posts, so that they can be listed by it. What happens to comments says only on which posts: comments
 * are asked for the numbers, so that events which come twice or late do no harm.
 */
export function createCommentActivity({ comments, posts, ...tools }: CommentActivityOptions) {
  const { connection, feed, asService } = tools
  let consumer: RunningConsumer | undefined

  async function refresh(postIds: readonly string[]): Promise<void> {
    await posts.noteActivity(await askCommentActivity(comments, postIds, asService()))
  }

  async function handle(events: readonly FeedEvent[]): Promise<void> {
    const touched = events.flatMap((event) => counted.safeParse(event).data?.data.postId ?? [])
    const postIds = [...new Set(touched)]
    for (let from = 0; from < postIds.length; from += mostAtOnce) {
      await refresh(postIds.slice(from, from + mostAtOnce))
    }
  }

  async function rebuild(): Promise<void> {
    for await (const postIds of posts.postIds()) await refresh(postIds)
  }

  return {
    start(): void {
      consumer = startDurableConsumer({
        feed,
        connection,
        topic: 'comments',
        consumer: 'posts.comments',
        handle,
        rebuild,
      })
    },
    async close(): Promise<void> {
      await consumer?.close()
    },
  }
}
