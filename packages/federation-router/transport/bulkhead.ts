import type { AbortSignalLike } from '../../platform/async/abortHandle'
import { ClientDisconnectedError, RequestRejectedError, DeadlineExceededError } from './errors'

/** Lets so many fetches be under way at once, and so many more wait for one of them to end. */
export interface Bulkhead {
  /**
   * Takes a place, in the order of the calls.
   *
   * @param deadline until when it may wait, in milliseconds of the monotonic clock (`performance.now`)
   * @returns undefined when there is one at once
   * @throws NotAsked when too many wait already; TimeUp, ClientGone when it has waited in vain
   */
  acquire(signal: AbortSignalLike, deadline: number): Promise<void> | undefined
  /** Gives a place back. */
  release(): void
}

/**
 * A waiting fetch that nobody wants any more leaves the queue at once. (cockatiel's bulkhead keeps it until its turn,
 * and then forgets to give its turn to the next: https://github.com/connor4312/cockatiel.)
 */
export function createBulkhead(places: number, queue: number): Bulkhead {
  let taken = 0
  const waiting = new Set<() => void>()
  return {
    acquire(signal, deadline) {
      if (taken < places) {
        taken++
        return undefined
      }
      if (waiting.size >= queue)
        throw new RequestRejectedError(`${places} fetches are under way, and ${queue} wait`)
      return new Promise((resolve, reject) => {
        const end = () => {
          waiting.delete(proceed)
          clearTimeout(timer)
          signal.removeEventListener('abort', giveUp)
        }
        const proceed = () => {
          end()
          resolve()
        }
        const giveUp = () => {
          end()
          reject(new ClientDisconnectedError())
        }
        const timer = setTimeout(() => {
          end()
          reject(new DeadlineExceededError())
        }, deadline - performance.now())
        signal.addEventListener('abort', giveUp)
        waiting.add(proceed)
      })
    },
    release() {
      const [next] = waiting
      // The place goes to the next one as it is.
      if (next) next()
      else taken--
    },
  }
}
