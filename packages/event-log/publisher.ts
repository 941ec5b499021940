import { maxBatchSize } from '../platform'
import type { DomainEvent } from './eventLog'

interface Publication {
  events: readonly DomainEvent[]
  resolve(): void
  reject(reason: unknown): void
}

/**
 * Appends to one topic in batches, one after the other: events that are published during a batch go into the
 * next one.
 *
 * @param append appends events without duplicates, in their order
 * @returns a function that resolves when its events are in the topic
 */
export function createBatchingPublisher(append: (events: readonly DomainEvent[]) => Promise<void>) {
  let queue: Publication[] = []
  let phase: 'idle' | 'appending' = 'idle'

  /** Removes the first publication, and those after it up to {@link maxBatchSize} events. */
  function takeBatch(): Publication[] {
    let size = 0
    const end = queue.findIndex(({ events }, index) => (size += events.length) > maxBatchSize && index > 0)
    const batch = end === -1 ? queue : queue.slice(0, end)
    queue = end === -1 ? [] : queue.slice(end)
    return batch
  }

  async function appendQueue(): Promise<void> {
    phase = 'appending'
    while (queue.length > 0) {
      const batch = takeBatch()
      try {
        const eventsById = new Map(batch.flatMap(({ events }) => events.map((event) => [event.id, event])))
        await append([...eventsById.values()])
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    phase = 'idle'
  }

  return (events: readonly DomainEvent[]): Promise<void> =>
    new Promise((resolve, reject) => {
      queue.push({ events, resolve, reject })
      if (phase === 'idle') void appendQueue()
    })
}
