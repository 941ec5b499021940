import type { DomainEvent } from './eventLog'

const mostAtOnce = 500

interface Waiting {
  events: readonly DomainEvent[]
  resolve(): void
  reject(reason: unknown): void
}

/**
 * Appends to one topic, one batch after the other: what is published while a batch is under way goes into the next one.
 *
 * @param append appends events, none of them twice, in their order
 * @returns a function that resolves when its events are in the topic
 */
export function createBatchingPublisher(append: (events: readonly DomainEvent[]) => Promise<void>) {
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
        const events = batch.flatMap(({ events }) => events.map((event) => [event.id, event] as const))
        await append([...new Map(events).values()])
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    phase = 'idle'
  }

  return (events: readonly DomainEvent[]): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ events, resolve, reject })
      if (phase === 'idle') void work()
    })
}
