import { z } from 'zod'

import type { DomainEvent, EventLog, RunningConsumer } from '../eventLog'
import type { Connection } from '../mongo/connection'
import { startDurableConsumer } from './durableConsumer'

/** The removal of all content of a user, requested by a moderator. */
export interface ContentRemoval {
  /** The user, or a deleted account by the key of its content. */
  owner: { userId: string } | { contentKey: string }
  moderatorId: string
  /** A text of the moderator. */
  reason?: string
  /** Later content stays. */
  requestedAt: Date
}

interface ContentRemovalsOptions {
  eventLog: EventLog
  /** The consumer's own database, which stores its position. */
  connection: Connection
  /** The subgraph that owns the content. */
  subgraph: string
  /** Removes the content in pages. Idempotent. @throws AbortError */
  removeContent(removal: ContentRemoval, signal: AbortSignal): Promise<void>
}

const requestSchema = z.object({
  type: z.literal('user.contentRemovalRequested'),
  at: z.coerce.date(),
  data: z.object({
    moderatorId: z.string(),
    reason: z.string().nullish(),
    userId: z.string().nullish(),
    contentKey: z.string().nullish(),
  }),
})

function toContentRemoval(event: DomainEvent): ContentRemoval | undefined {
  const { data: request } = requestSchema.safeParse(event)
  if (!request) return undefined
  const { userId, contentKey, moderatorId, reason } = request.data
  const owner = userId != null ? { userId } : contentKey != null ? { contentKey } : undefined
  return owner && { owner, moderatorId, requestedAt: request.at, ...(reason != null && { reason }) }
}

/**
 * Creates the consumer that removes the content of users in the background. After a crash it continues with the content that is
 * left. A request that a gap in the log has lost is not repeated: a moderator sees the content, and requests it again.
 */
export function createContentRemovals(options: ContentRemovalsOptions) {
  const { subgraph, connection, eventLog, removeContent } = options
  const closing = new AbortController()
  let consumer: RunningConsumer | undefined

  async function handle(events: readonly DomainEvent[]): Promise<void> {
    for (const event of events) {
      const removal = toContentRemoval(event)
      if (removal) await removeContent(removal, closing.signal)
    }
  }

  return {
    start(): void {
      consumer = startDurableConsumer({
        eventLog,
        connection,
        topic: 'users',
        consumer: `${subgraph}.contentRemovals`,
        handle,
        rebuild: () => Promise.resolve(),
      })
    },
    async close(): Promise<void> {
      const closed = consumer?.close()
      closing.abort()
      await closed
    },
  }
}
