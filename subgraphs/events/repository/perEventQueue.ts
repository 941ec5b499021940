/**
 * Creates a queue that runs the tasks of one event sequentially and those of different events concurrently, so that
 * this process does not compete with itself. Between processes, conditional writes decide.
 */
export function createPerEventQueue() {
  const lastTasks = new Map<string, Promise<unknown>>()
  return {
    enqueue<Result>(eventId: string, task: () => Promise<Result>): Promise<Result> {
      const result = (lastTasks.get(eventId) ?? Promise.resolve()).then(task, task)
      lastTasks.set(eventId, result)
      const removeIfLast = () => {
        if (lastTasks.get(eventId) === result) lastTasks.delete(eventId)
      }
      result.then(removeIfLast, removeIfLast)
      return result
    },

    /** Resolves when no task is running or waiting. */
    async waitUntilIdle(): Promise<void> {
      while (lastTasks.size > 0) await Promise.allSettled(lastTasks.values())
    },
  }
}

export type PerEventQueue = ReturnType<typeof createPerEventQueue>
