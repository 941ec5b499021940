/**
 * Lets the work on one key wait for the work on it that was begun before; that on different keys runs side by side.
 * It spares this process from competing with itself; between processes the database decides.
 */
export function createPerEventQueue() {
  const last = new Map<string, Promise<unknown>>()
  return {
    enqueue<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
      const turn = (last.get(key) ?? Promise.resolve()).then(work, work)
      last.set(key, turn)
      const leave = () => {
        if (last.get(key) === turn) last.delete(key)
      }
      turn.then(leave, leave)
      return turn
    },
    /** Settles when nothing is under way. */
    async waitUntilIdle(): Promise<void> {
      while (last.size > 0) await Promise.allSettled(last.values())
    },
  }
}

export type PerEventQueue = ReturnType<typeof createPerEventQueue>
