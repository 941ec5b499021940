import { readReason, waitUnlessAborted } from './abort.ts'

/**
 * Creates a controller that is also aborted with a signal, with its reason.
 *
 * @returns the controller, and a function that unlinks it from the signal
 */
export function createLinkedController(signal: AbortSignal | undefined) {
  const controller = new AbortController()
  const abort = () => controller.abort(signal && readReason(signal))
  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort)
  return { controller, unlink: () => signal?.removeEventListener('abort', abort) }
}

/** Resolves after a delay. @throws the signal's reason */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const elapsed = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))
  try {
    await waitUnlessAborted(elapsed, signal)
  } finally {
    clearTimeout(timer)
  }
}
