// React Native has neither `AbortSignal.any` nor `throwIfAborted`, and no reasons of signals.

/** @throws the signal's reason when it is aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw readReason(signal)
}

/** Returns the reason of an aborted signal. */
export function readReason({ reason }: AbortSignal): unknown {
  return reason ?? Object.assign(new Error('The operation was aborted'), { name: 'AbortError' })
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
