import type { OutboxRelay } from './outbox/outboxRelay'

/** A projection, a cascade, or another consumer with the data that it maintains. */
interface MessagingPart {
  /** Creates the indexes that it needs. */
  prepare?(): Promise<void>
  start(): void
  /** Resolves when its current work has ended. */
  close(): Promise<void>
}

/** The consumers and the outbox relay of one service. */
type Messaging = Required<MessagingPart>

/** Combines the outbox relay of a service with its consumers. The relay closes last, since consumers write events. */
export function combineMessaging(relay: OutboxRelay, parts: readonly MessagingPart[]): Messaging {
  return {
    async prepare() {
      for (const part of parts) await part.prepare?.()
    },
    start() {
      relay.start()
      for (const part of parts) part.start()
    },
    async close() {
      await Promise.all(parts.map((part) => part.close()))
      await relay.close()
    },
  }
}
