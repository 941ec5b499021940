import type { AbortSignalLike } from '../../platform'
import type { SubgraphState } from '../telemetry'
import { ClientDisconnectedError, DeadlineExceededError, RequestRejectedError } from './errors'

/** Limits the simultaneous requests to a subgraph, and how many more wait. */
interface Bulkhead {
  /**
   * Acquires a slot, in the order of the calls.
   *
   * @param deadline the end of the wait, in milliseconds of the monotonic clock (`performance.now`)
   * @returns undefined when a slot is free
   * @throws RequestRejectedError when too many requests wait; DeadlineExceededError, ClientDisconnectedError after a wait
   */
  acquire(signal: AbortSignalLike, deadline: number): Promise<void> | undefined
  /** Releases a slot. */
  release(): void
  readState(): SubgraphState['fetches']
}

/**
 * Creates a bulkhead whose queue drops requests as soon as their client disconnects or their deadline passes. (cockatiel's
 * keeps them until their turn, and then does not pass the slot on.)
 */
export function createBulkhead(maxActive: number, maxQueued: number): Bulkhead {
  let active = 0
  const queue = new Set<() => void>()
  return {
    acquire(signal, deadline) {
      if (active < maxActive) {
        active++
        return undefined
      }
      if (queue.size >= maxQueued)
        throw new RequestRejectedError(
          'queue_full',
          `${maxActive} requests are in progress, and ${maxQueued} wait`,
        )
      return new Promise((resolve, reject) => {
        const leaveQueue = () => {
          queue.delete(proceed)
          clearTimeout(timer)
          signal.removeEventListener('abort', handleAbort)
        }
        const proceed = () => {
          leaveQueue()
          resolve()
        }
        const handleAbort = () => {
          leaveQueue()
          reject(new ClientDisconnectedError())
        }
        const timer = setTimeout(() => {
          leaveQueue()
          reject(new DeadlineExceededError())
        }, deadline - performance.now())
        signal.addEventListener('abort', handleAbort)
        queue.add(proceed)
      })
    },
    release() {
      const [next] = queue
      // The slot passes to the next request.
      if (next) next()
      else active--
    },
    readState: () => ({ active, max: maxActive, queued: queue.size, maxQueued }),
  }
}
