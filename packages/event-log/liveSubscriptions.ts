import type { Log } from '../platform/log'
import { EventLogGapError, type Delivery } from './eventLog'
import { waitWithBackoff } from '../platform/async/backoff'

/** Those who follow a feed, until it is closed. */
export interface LiveSubscriptions {
  /**
   * The events after a position, one by one, until the signal ends it. While the engine cannot be reached it waits.
   *
   * @param read what comes after a position, as an engine reads it
   * @throws FeedGap
   */
  subscribe(
    read: (after: string, signal: AbortSignal) => AsyncIterable<readonly Delivery[]>,
    from: string,
    signal: AbortSignal,
  ): AsyncGenerator<Delivery>
  /** Ends them all. Resolves when nothing is read for them any more, so that the engine can be closed. */
  closeAll(): Promise<void>
}

export function createLiveSubscriptions(log: Log): LiveSubscriptions {
  const underWay = new Set<AbortController>()
  const reads = new Set<Promise<unknown>>()
  let phase: 'open' | 'ended' = 'open'

  return {
    // Not AbortSignal.any, of which something would stay with the feed's signal for each who has ever followed.
    async *subscribe(read, from, signal) {
      const controller = new AbortController()
      const stop = () => controller.abort()
      if (phase === 'ended' || signal.aborted) return
      underWay.add(controller)
      signal.addEventListener('abort', stop)
      const readNoted = (after: string, until: AbortSignal) => noted(read(after, until), reads)
      try {
        yield* followBatches(readNoted, from, controller.signal, log)
      } finally {
        underWay.delete(controller)
        signal.removeEventListener('abort', stop)
      }
    },
    async closeAll() {
      phase = 'ended'
      for (const controller of underWay) controller.abort()
      await Promise.allSettled(reads)
    },
  }
}

/** The same items; each wait for the next one is among the waits while it lasts. */
async function* noted<Item>(items: AsyncIterable<Item>, waits: Set<Promise<unknown>>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]()
  try {
    for (;;) {
      const wait = iterator.next()
      waits.add(wait)
      const next = await wait.finally(() => waits.delete(wait))
      if (next.done) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}

async function* followBatches(
  read: (after: string, signal: AbortSignal) => AsyncIterable<readonly Delivery[]>,
  from: string,
  signal: AbortSignal,
  log: Log,
): AsyncGenerator<Delivery> {
  let reached = from
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
      if (!signal.aborted) log.warn({ err: error }, 'The feed cannot be read now')
    }
    await waitWithBackoff(failures, signal).catch(() => undefined)
  }
}
