import type { DomainEvent, EventLog, RunningConsumer } from '../eventLog'
import type { Connection } from '../mongo/connection'
import { startDurableConsumer } from './durableConsumer'

interface JobConsumerOptions {
  eventLog: EventLog
  /** The consumer's own database, which stores its position. */
  connection: Connection
  topic: string
  /** Unique among the consumers of the topic: `<consuming subgraph>.<purpose>`. */
  consumer: string
  /** Does the work that an event requests. Idempotent. @throws AbortError */
  handleEvent(event: DomainEvent, signal: AbortSignal): Promise<void>
}

/**
 * Creates a consumer that works in the background and keeps no projection. After a crash it repeats the event that was not
 * complete. Events that a gap in the log has lost are not repeated.
 */
export function createJobConsumer({ handleEvent, ...options }: JobConsumerOptions) {
  const closing = new AbortController()
  let running: RunningConsumer | undefined
  return {
    start(): void {
      running = startDurableConsumer({
        ...options,
        async handle(events) {
          for (const event of events) await handleEvent(event, closing.signal)
        },
        rebuild: () => Promise.resolve(),
      })
    },
    async close(): Promise<void> {
      const closed = running?.close()
      closing.abort()
      await closed
    },
  }
}
