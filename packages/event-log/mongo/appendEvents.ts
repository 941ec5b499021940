import { serializeDomainEvent } from '../eventJson'
import type { DomainEvent } from '../eventLog'
import type { CappedTopic } from './cappedTopic'

/** Numbers events after the newest one and inserts them; begins again with what is left when another process was faster. */
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
    const there = await topic.findExistingIds(left.map(({ id }) => id))
    left = left.filter(({ id }) => !there.has(id))
  }
}
