import { randomUUID } from 'node:crypto'

import type { DomainEvent, EventLog } from '../../../packages/event-log'

/**
 * Creates the publisher of `comment.purged`: comments of these posts were removed permanently, and no document is left
 * that could contain the event. The caller repeats the removal and the publication after a crash.
 */
export const createPurgePublisher =
  (eventLog: EventLog, now: () => Date) =>
  async (postIds: readonly string[]): Promise<void> => {
    if (postIds.length === 0) return
    const at = now().toISOString()
    const events = postIds.map((postId): DomainEvent => {
      return { id: randomUUID(), type: 'comment.purged', entity: postId, sequence: 1, at, data: { postId } }
    })
    await eventLog.publish('comments', events)
  }
