import { z } from 'zod'

import { startDurableConsumer } from '../../../packages/event-log/consumers/durableConsumer'
import type { DomainEvent, RunningConsumer } from '../../../packages/event-log/eventLog'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { fetchCommentActivity } from './commentsClient'
import type { CommentActivity } from '../domain/post'

/** What becomes of posts when they are commented on. Doing it again changes nothing. */
export interface CommentActivityTarget {
  /** All posts, page by page, of at most 500. */
  postIds(): AsyncIterable<readonly string[]>
  /** So much is said on these posts. */
  noteActivity(activity: readonly CommentActivity[]): Promise<void>
}

export interface CommentActivityProjectionOptions extends SubgraphResources {
  comments: PeerClient
  posts: CommentActivityTarget
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
export function createCommentActivityProjection({
  comments,
  posts,
  ...tools
}: CommentActivityProjectionOptions) {
  const { connection, eventLog, createServiceToken } = tools
  let consumer: RunningConsumer | undefined

  async function refresh(postIds: readonly string[]): Promise<void> {
    await posts.noteActivity(await fetchCommentActivity(comments, postIds, createServiceToken()))
  }

  async function handle(events: readonly DomainEvent[]): Promise<void> {
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
        eventLog,
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
