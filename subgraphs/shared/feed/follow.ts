import type { Log } from '../log'
import { FeedGap, type Delivery } from './feed'
import { pause } from './pause'

/**
 * The events after a position, one by one, until the signal ends it. While the engine cannot be reached it waits.
 *
 * @param read what comes after a position, as an engine reads it
 * @throws FeedGap
 */
export async function* followBatches(
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
      if (error instanceof FeedGap) throw error
      if (!signal.aborted) log.warn({ err: error }, 'The feed cannot be read now')
    }
    await pause(failures, signal).catch(() => undefined)
  }
}
