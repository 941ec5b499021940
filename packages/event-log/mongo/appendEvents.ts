import { serializeDomainEvent } from '../eventJson'
import type { DomainEvent } from '../eventLog'
import type { CappedTopic } from './cappedTopic'

/**
 * Appends events with the numbers after the newest one. Idempotent. Optimistic concurrency: when another
 * process has taken a number first, the rest is renumbered and retried.
 */
export async function appendEvents(topic: CappedTopic, events: readonly DomainEvent[]): Promise<void> {
  let left = [...events]
  while (left.length > 0) {
    const { epoch, number } = await topic.readNewest()
    const documents = left.map((event, index) => ({
      _id: event.id,
      epoch,
      number: number + 1 + index,
      event: serializeDomainEvent(event),
    }))
    if (await topic.insert(documents)) return
    const existingIds = await topic.findExistingIds(left.map(({ id }) => id))
    left = left.filter(({ id }) => !existingIds.has(id))
  }
}
