import { toText } from '../eventText'
import type { FeedEvent } from '../feed'
import type { Topic } from './topic'

const mostAtOnce = 500

interface Waiting {
  events: readonly FeedEvent[]
  resolve(): void
  reject(reason: unknown): void
}

/**
 * Appends to one topic, one batch after the other: what is published while a batch is under way goes into the next one.
 *
 * @returns a function that resolves when its events are in the topic
 */
export function createPublisher(topic: Topic) {
  let waiting: Waiting[] = []
  let phase: 'idle' | 'working' = 'idle'

  /** Those that wait, up to a number of events; the first one in any case. */
  function takeBatch(): Waiting[] {
    let size = 0
    const end = waiting.findIndex(({ events }, index) => (size += events.length) > mostAtOnce && index > 0)
    const batch = end === -1 ? waiting : waiting.slice(0, end)
    waiting = end === -1 ? [] : waiting.slice(end)
    return batch
  }

  async function work(): Promise<void> {
    phase = 'working'
    while (waiting.length > 0) {
      const batch = takeBatch()
      try {
        await append(
          topic,
          batch.flatMap(({ events }) => events),
        )
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    phase = 'idle'
  }

  return (events: readonly FeedEvent[]): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ events, resolve, reject })
      if (phase === 'idle') void work()
    })
}

/** Numbers events after the newest one and inserts them; begins again with what is left when another process was faster. */
async function append(topic: Topic, events: readonly FeedEvent[]): Promise<void> {
  let left = [...new Map(events.map((event) => [event.id, event])).values()]
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
