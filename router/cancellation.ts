/** Says that nobody waits for an answer any more. Any AbortSignal is one. */
export interface Cancellation {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface Cancel {
  signal: Cancellation
  abort(): void
}

/**
 * An AbortController in the little that each request needs of one: making a real one and listening to it once takes
 * 4 µs, a twentieth of what the router has for a small operation.
 */
export function createCancellation(): Cancel {
  const cancellation = new PlainCancellation()
  return { signal: cancellation, abort: () => cancellation.abort() }
}

class PlainCancellation implements Cancellation {
  aborted = false
  private readonly listeners = new Set<() => void>()

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener)
  }

  abort(): void {
    if (this.aborted) return
    this.aborted = true
    for (const listener of this.listeners) listener()
    this.listeners.clear()
  }
}
