// React Native has neither `AbortSignal.any` nor `throwIfAborted`, and no reasons of signals.

/** @throws the signal's reason when it is aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw readReason(signal)
}

function readReason({ reason }: AbortSignal): unknown {
  return reason ?? Object.assign(new Error('The operation was aborted'), { name: 'AbortError' })
}

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

/** Waits for work that others share: the signal aborts the wait, not the work. @throws the signal's reason */
export async function waitUnlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | null | undefined,
): Promise<Result> {
  if (!signal) return work
  throwIfAborted(signal)
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(readReason(signal))
    signal.addEventListener('abort', abort)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
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
