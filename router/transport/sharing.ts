import { createCancellation, type Cancel, type Cancellation } from '../cancellation'
import { ClientGone, TimeUp } from './failures'

/** Who waits for a shared piece of work, and until when. */
export interface Sharer {
  signal: Cancellation
  /** In milliseconds of the monotonic clock (`performance.now`). */
  deadline: number
}

export interface Sharing<Result> {
  /**
   * Joins the work under this key that is under way, or begins it.
   *
   * @param begin is given a signal of its own, which aborts when the last sharer has gone away
   * @throws what the work throws; ClientGone, TimeUp when this sharer's own time is up
   */
  share(key: string, sharer: Sharer, begin: (signal: Cancellation) => Promise<Result>): Promise<Result>
}

interface Work<Result> {
  result: Promise<Result>
  sharers: number
  cancel: Cancel
}

/** One piece of work at a time under each key, whoever asks for it. */
export function createSharing<Result>(): Sharing<Result> {
  const underWay = new Map<string, Work<Result>>()

  function start(key: string, begin: (signal: Cancellation) => Promise<Result>): Work<Result> {
    const cancel = createCancellation()
    const work: Work<Result> = { result: begin(cancel.signal), sharers: 0, cancel }
    underWay.set(key, work)
    return work
  }

  return {
    share(key, { signal, deadline }, begin) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(new ClientGone())
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
        const leave = () => giveUp(new ClientGone())
        const timer = setTimeout(() => giveUp(new TimeUp()), deadline - performance.now())
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
