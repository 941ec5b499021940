import { z } from 'zod'

import {
  announceRebuild,
  startDurableConsumer,
  type DomainEvent,
  type RunningConsumer,
} from '../../../packages/event-log'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import type { CommentRepository } from '../repository'

interface CommentCountsOptions extends SubgraphResources {
  comments: Pick<CommentRepository, 'countChanged' | 'recount'>
}

/** The events of comments that are added or change their visibility. */
const countedEventSchema = z.object({
  type: z.enum(['comment.added', 'comment.deleted', 'comment.hidden', 'comment.unhidden']),
  entity: z.string(),
  data: z.object({ postId: z.string() }),
})

/**
 * Creates the consumer that keeps the counts of comments current. An event only identifies the comment, which says itself
 * how it is counted, so that duplicate and late events are harmless.
 */
export function createCommentCounts({ comments, connection, eventLog }: CommentCountsOptions) {
  const closing = new AbortController()
  let consumer: RunningConsumer | undefined

  async function handle(events: readonly DomainEvent[]): Promise<void> {
    const changed = events.flatMap((event) => {
      const parsed = countedEventSchema.safeParse(event)
      return parsed.success ? [{ id: parsed.data.entity, postId: parsed.data.data.postId }] : []
    })
    if (changed.length > 0) await comments.countChanged(changed)
  }

  return {
    start(): void {
      consumer = startDurableConsumer({
        eventLog,
        connection,
        topic: 'comments',
        consumer: 'comments.counts',
        handle,
        async rebuild() {
          await comments.recount(closing.signal)
          await announceRebuild(eventLog, 'comments')
        },
      })
    },
    async close(): Promise<void> {
      const closed = consumer?.close()
      closing.abort()
      await closed
    },
  }
}
