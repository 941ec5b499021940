import { createAbortHandle, type AbortHandle, type AbortSignalLike } from '../../platform'
import { ClientDisconnectedError, DeadlineExceededError } from './errors'

/** A caller that waits for a shared result. */
interface DeduplicatedCaller {
  signal: AbortSignalLike
  /** In milliseconds of the monotonic clock (`performance.now`). */
  deadline: number
}

interface RequestDeduplicator<Result> {
  /**
   * Joins the request with this key that is in progress, or starts it.
   *
   * @param start receives a signal that aborts when the last caller has left
   * @throws the error of the request; ClientDisconnectedError, DeadlineExceededError when this caller leaves before
   */
  run(
    key: string,
    caller: DeduplicatedCaller,
    start: (signal: AbortSignalLike) => Promise<Result>,
  ): Promise<Result>
}

interface SharedRequest<Result> {
  result: Promise<Result>
  callers: number
  cancel: AbortHandle
}

/** Runs at most one request with a key at a time. */
export function createRequestDeduplicator<Result>(): RequestDeduplicator<Result> {
  const inProgress = new Map<string, SharedRequest<Result>>()

  function startRequest(
    key: string,
    start: (signal: AbortSignalLike) => Promise<Result>,
  ): SharedRequest<Result> {
    const cancel = createAbortHandle()
    const request: SharedRequest<Result> = { result: start(cancel.signal), callers: 0, cancel }
    inProgress.set(key, request)
    return request
  }

  return {
    run(key, { signal, deadline }, start) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(new ClientDisconnectedError())
        const request = inProgress.get(key) ?? startRequest(key, start)
        request.callers++

        const remove = () => {
          // A later request may have the same key.
          if (inProgress.get(key) === request) inProgress.delete(key)
        }
        const stopWaiting = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', handleAbort)
        }
        const rejectCaller = (error: Error) => {
          stopWaiting()
          reject(error)
          if (--request.callers > 0) return
          // A request that is cancelled must not be joined.
          remove()
          request.cancel.abort()
        }
        const handleAbort = () => rejectCaller(new ClientDisconnectedError())
        const timer = setTimeout(
          () => rejectCaller(new DeadlineExceededError()),
          deadline - performance.now(),
        )
        signal.addEventListener('abort', handleAbort)
        request.result.then(
          (result) => {
            stopWaiting()
            remove()
            resolve(result)
          },
          (error: Error) => {
            stopWaiting()
            remove()
            reject(error)
          },
        )
      })
    },
  }
}
