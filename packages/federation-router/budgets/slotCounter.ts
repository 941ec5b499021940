import { continueWith } from '../../platform'
import type { SharedBudgets } from './sharedBudgets'

/** Counts open slots by key, up to a maximum. */
export interface SlotCounter {
  /** Takes a slot. Returns false when the key has its maximum, and a promise when other workers have to be considered. */
  acquire(key: string): boolean | Promise<boolean>
  /** Frees a slot of the key. */
  release(key: string): void
  /** The number of keys with open slots. Keys without any are removed. */
  readonly size: number
}

interface SlotCounterOptions {
  /** The name of the slots; the same in all workers. */
  name: string
  /** The slots of a key, in all workers together. */
  max: number
  /** The slots of a key that this worker acquires by itself. Default: {@link computeWorkerShare}. */
  share?: number
  shared?: SharedBudgets | undefined
}

/**
 * Returns how many slots of a key each worker acquires by itself: half of them are divided among the workers. The other half serves the
 * workers that need more. A share of at least 1 keeps a client with one request at a time independent of the other workers.
 */
export const computeWorkerShare = (max: number, workers: number): number =>
  Math.floor(max / (2 * workers)) || (max >= workers ? 1 : 0)

/**
 * Creates a counter of this process alone, or of all workers: each acquires its share by itself, and every further slot from the slots that
 * remain. The sum of all never exceeds the maximum.
 */
export function createSlotCounter({ name, max, share, shared }: SlotCounterOptions): SlotCounter {
  if (!shared) return createLocalCounter(max)
  const own = createLocalCounter(share ?? computeWorkerShare(max, shared.workers))
  return createSharedCounter(name, own, max - own.max * shared.workers, shared)
}

interface LocalCounter extends SlotCounter {
  readonly max: number
  acquire(key: string): boolean
}

function createLocalCounter(max: number): LocalCounter {
  const counts = new Map<string, number>()
  return {
    max,
    acquire(key) {
      const count = counts.get(key) ?? 0
      if (count >= max) return false
      counts.set(key, count + 1)
      return true
    },
    release(key) {
      const count = counts.get(key) ?? 0
      if (count > 1) counts.set(key, count - 1)
      else counts.delete(key)
    },
    get size() {
      return counts.size
    },
  }
}

/** @param remaining the slots of a key that are no worker's own */
function createSharedCounter(
  pool: string,
  own: LocalCounter,
  remaining: number,
  shared: SharedBudgets,
): SlotCounter {
  /** The slots of this worker that are not its own. */
  const further = new Map<string, number>()
  return {
    acquire: (key) =>
      own.acquire(key) ||
      continueWith(shared.acquireSlot({ pool, key }, remaining), (isAcquired) => {
        if (isAcquired) further.set(key, (further.get(key) ?? 0) + 1)
        return isAcquired
      }),
    release(key) {
      const count = further.get(key) ?? 0
      // Other workers can use these slots.
      if (count === 0) return own.release(key)
      if (count > 1) further.set(key, count - 1)
      else further.delete(key)
      shared.releaseSlot({ pool, key })
    },
    get size() {
      return own.size + further.size
    },
  }
}
