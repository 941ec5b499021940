import { ClientGone, TimeUp } from './failures'

/** Who waits for a shared piece of work, and until when. */
export interface Sharer {
  signal: AbortSignal
  /** In milliseconds since the epoch. */
  deadline: number
}

export interface Sharing<Result> {
  /**
   * Joins the work under this key that is under way, or begins it.
   *
   * @param begin is given a signal of its own, which aborts when the last sharer has gone away
   * @throws what the work throws; ClientGone, TimeUp when this sharer's own time is up
   */
  share(key: string, sharer: Sharer, begin: (signal: AbortSignal) => Promise<Result>): Promise<Result>
}

interface Work<Result> {
  result: Promise<Result>
  sharers: number
  abandon: () => void
}

export function createSharing<Result>(): Sharing<Result> {
  const underWay = new Map<string, Work<Result>>()

  function start(key: string, begin: (signal: AbortSignal) => Promise<Result>): Work<Result> {
    const controller = new AbortController()
    const forget = () => {
      if (underWay.get(key) === work) underWay.delete(key)
    }
    const work: Work<Result> = {
      sharers: 0,
      result: begin(controller.signal).finally(() => forget()),
      abandon: () => {
        // Nobody joins what is being cancelled.
        forget()
        controller.abort()
      },
    }
    underWay.set(key, work)
    return work
  }

  return {
    async share(key, { signal, deadline }, begin) {
      if (signal.aborted) throw new ClientGone()
      const work = underWay.get(key) ?? start(key, begin)
      work.sharers++
      return new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', leave)
        }
        const give = (error: Error) => {
          end()
          if (--work.sharers === 0) work.abandon()
          reject(error)
        }
        const leave = () => give(new ClientGone())
        const timer = setTimeout(() => give(new TimeUp()), deadline - Date.now())
        signal.addEventListener('abort', leave)
        work.result.then(resolve, reject).finally(end)
      })
    },
  }
}
