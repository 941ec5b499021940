import { waitWithBackoff } from '../platform'
import type { Log } from '../platform/log'
import { EventLogGapError, type Delivery } from './eventLog'

/** Reads the events after a position from an engine. */
type ReadAfter = (position: string, signal: AbortSignal) => AsyncIterable<readonly Delivery[]>

/** The subscriptions of one event log. */
interface LiveSubscriptions {
  /**
   * Yields the events after a position one by one, until the signal is aborted. Retries with a backoff while
   * the engine cannot be reached.
   *
   * @throws EventLogGapError
   */
  subscribe(read: ReadAfter, after: string, signal: AbortSignal): AsyncGenerator<Delivery>
  /** Ends all subscriptions. Resolves when their reads have ended, so that the engine can be closed. */
  closeAll(): Promise<void>
}

export function createLiveSubscriptions(log: Log): LiveSubscriptions {
  const controllers = new Set<AbortController>()
  const pendingReads = new Set<Promise<unknown>>()
  let phase: 'open' | 'closed' = 'open'

  return {
    // AbortSignal.any would leave memory with the log's own signal for every subscription that ever existed.
    async *subscribe(read, after, signal) {
      const controller = new AbortController()
      const stop = () => controller.abort()
      if (phase === 'closed' || signal.aborted) return
      controllers.add(controller)
      signal.addEventListener('abort', stop)
      const trackedRead: ReadAfter = (position, readSignal) =>
        trackReads(read(position, readSignal), pendingReads)
      try {
        yield* readWithRetry(trackedRead, after, controller.signal, log)
      } finally {
        controllers.delete(controller)
        signal.removeEventListener('abort', stop)
      }
    },
    async closeAll() {
      phase = 'closed'
      for (const controller of controllers) controller.abort()
      await Promise.allSettled(pendingReads)
    },
  }
}

/** Yields the same items; each call of `next` is in `pendingReads` until it settles. */
async function* trackReads<Item>(
  items: AsyncIterable<Item>,
  pendingReads: Set<Promise<unknown>>,
): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]()
  try {
    for (;;) {
      const pending = iterator.next()
      pendingReads.add(pending)
      const next = await pending.finally(() => pendingReads.delete(pending))
      if (next.done) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}

async function* readWithRetry(
  read: ReadAfter,
  after: string,
  signal: AbortSignal,
  log: Log,
): AsyncGenerator<Delivery> {
  let reached = after
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      for await (const batch of read(reached, signal)) {
        failures = 0
        for (const delivery of batch) {
          if (signal.aborted) return
          reached = delivery.position
          yield delivery
        }
      }
    } catch (error) {
      if (error instanceof EventLogGapError) throw error
      if (!signal.aborted) log.warn({ err: error }, 'Reading the event log failed and will be retried')
    }
    await waitWithBackoff(failures, signal).catch(() => undefined)
  }
}
