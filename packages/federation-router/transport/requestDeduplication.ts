import { createAbortHandle, type AbortHandle, type AbortSignalLike } from '../../platform/async/abortHandle'
import { ClientDisconnectedError, DeadlineExceededError } from './errors'

/** Who waits for a shared piece of work, and until when. */
export interface DeduplicatedCaller {
  signal: AbortSignalLike
  /** In milliseconds of the monotonic clock (`performance.now`). */
  deadline: number
}

export interface RequestDeduplicator<Result> {
  /**
   * Joins the work under this key that is under way, or begins it.
   *
   * @param begin is given a signal of its own, which aborts when the last sharer has gone away
   * @throws what the work throws; ClientGone, TimeUp when this sharer's own time is up
   */
  run(
    key: string,
    sharer: DeduplicatedCaller,
    begin: (signal: AbortSignalLike) => Promise<Result>,
  ): Promise<Result>
}

interface Work<Result> {
  result: Promise<Result>
  sharers: number
  cancel: AbortHandle
}

/** One piece of work at a time under each key, whoever asks for it. */
export function createRequestDeduplicator<Result>(): RequestDeduplicator<Result> {
  const underWay = new Map<string, Work<Result>>()

  function start(key: string, begin: (signal: AbortSignalLike) => Promise<Result>): Work<Result> {
    const cancel = createAbortHandle()
    const work: Work<Result> = { result: begin(cancel.signal), sharers: 0, cancel }
    underWay.set(key, work)
    return work
  }

  return {
    run(key, { signal, deadline }, begin) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(new ClientDisconnectedError())
        const work = underWay.get(key) ?? start(key, begin)
        work.sharers++

        const forget = () => {
          // Another may stand there by now.
          if (underWay.get(key) === work) underWay.delete(key)
        }
        const end = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', leave)
        }
        const giveUp = (error: Error) => {
          end()
          reject(error)
          if (--work.sharers > 0) return
          // Nobody joins what is being cancelled.
          forget()
          work.cancel.abort()
        }
        const leave = () => giveUp(new ClientDisconnectedError())
        const timer = setTimeout(() => giveUp(new DeadlineExceededError()), deadline - performance.now())
        signal.addEventListener('abort', leave)
        work.result.then(
          (result) => {
            end()
            forget()
            resolve(result)
          },
          (error: Error) => {
            end()
            forget()
            reject(error)
          },
        )
      })
    },
  }
}
