import { z } from 'zod'

import { maxBatchSize } from '../../../packages/platform'
import { startDurableConsumer, type DomainEvent, type RunningConsumer } from '../../../packages/event-log'
import type { PeerClient } from '../../../packages/subgraph-kit/peers'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import type { PostRepository } from '../repository'
import { fetchCommentActivity } from './commentsClient'

interface CommentActivityProjectionOptions extends SubgraphResources {
  comments: PeerClient
  posts: Pick<PostRepository, 'listPostIds' | 'recordCommentActivity' | 'replaceCommentActivity'>
}

/** The events that change the comment activity of a post. */
const activityEventSchema = z.object({
  type: z.enum(['comment.added', 'comment.deleted', 'comment.hidden', 'comment.unhidden']),
  data: z.object({ postId: z.string() }),
})

/**
 * Creates the projection of comment activity, by which posts can be sorted. An event only identifies the post; the numbers
 * are fetched from the comments subgraph, so that duplicate and late events are harmless. Of two responses, the one with
 * the higher version of the counts is stored: clocks are not compared.
 */
export function createCommentActivityProjection({
  comments,
  posts,
  connection,
  eventLog,
  createServiceToken,
}: CommentActivityProjectionOptions) {
  let consumer: RunningConsumer | undefined

  const fetch = (postIds: readonly string[]) => fetchCommentActivity(comments, postIds, createServiceToken())

  async function handle(events: readonly DomainEvent[]): Promise<void> {
    const changed = events.flatMap((event) => activityEventSchema.safeParse(event).data?.data.postId ?? [])
    const postIds = [...new Set(changed)]
    for (let start = 0; start < postIds.length; start += maxBatchSize) {
      await posts.recordCommentActivity(await fetch(postIds.slice(start, start + maxBatchSize)))
    }
  }

  async function rebuild(): Promise<void> {
    // The owner is authoritative: its counts may have been restored with lower versions.
    for await (const postIds of posts.listPostIds()) await posts.replaceCommentActivity(await fetch(postIds))
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
