import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

/** How a process reports that it is ready: its health endpoint responds with 200, or it sends a message over IPC. */
export type ReadinessCheck =
  | { readonly by: 'http'; readonly url: string }
  /** `accept` throws when the message says why the process will not become ready. */
  | { readonly by: 'message'; readonly accept: (message: unknown) => void }

/**
 * Waits, without a timeout, until a process is ready.
 * @throws the error of `accept`, or an AbortError
 */
export async function waitUntilReady(
  child: ChildProcess,
  readiness: ReadinessCheck,
  signal: AbortSignal,
): Promise<void> {
  switch (readiness.by) {
    case 'message': {
      const [message]: unknown[] = await once(child, 'message', { signal })
      readiness.accept(message)
      return
    }
    case 'http':
      while (!(await isHealthy(readiness.url, signal))) await delay(50, undefined, { signal })
  }
}

async function isHealthy(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    signal.throwIfAborted()
    return false
  }
}
