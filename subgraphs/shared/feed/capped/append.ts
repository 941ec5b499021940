import { toText } from '../eventText'
import type { FeedEvent } from '../feed'
import type { Topic } from './topic'

/** Numbers events after the newest one and inserts them; begins again with what is left when another process was faster. */
export async function append(topic: Topic, events: readonly FeedEvent[]): Promise<void> {
  let left = [...events]
  while (left.length > 0) {
    const { epoch, number } = await topic.newest()
    const documents = left.map((event, index) => ({
      _id: event.id,
      epoch,
      number: number + 1 + index,
      event: toText(event),
    }))
    if (await topic.insert(documents)) return
    const there = await topic.existing(left.map(({ id }) => id))
    left = left.filter(({ id }) => !there.has(id))
  }
}
