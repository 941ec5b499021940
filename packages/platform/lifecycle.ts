import { ConfigError } from './config/environment'

/**
 * Says that something must be closed when the process ends; called in the reverse order of registration.
 *
 * @param waitMilliseconds how long it waits on purpose (DRAIN_MS): added to the time that the process has to end
 */
export type OnClose = (close: () => Promise<void> | void, waitMilliseconds?: number) => void

/** In milliseconds: requests under way have 10 s. */
const longestStop = 14_000

/**
 * Runs one part of the system until it is told to stop: by SIGTERM, by SIGINT, or by the end of the supervisor
 * that started it (its IPC channel closes). Everything registered with `onClose` is then closed in reverse order,
 * and the process exits with 0; with 1 when that does not come to an end. What `start` throws is printed as one message, without a stack for what the person
 * who runs it can put right, and the process exits with 1.
 */
export function runProcess(start: (onClose: OnClose) => Promise<void>): void {
  const closers: (() => Promise<void> | void)[] = []
  let stopLimit = longestStop
  let phase: 'starting' | 'running' | 'stopping' = 'starting'

  async function stop(exitCode: number): Promise<void> {
    if (phase === 'stopping') return
    phase = 'stopping'
    setTimeout(() => process.exit(1), stopLimit).unref()
    for (const close of closers.reverse()) {
      try {
        await close()
      } catch (error) {
        console.error(error)
        exitCode = 1
      }
    }
    process.exit(exitCode)
  }

  const stopCleanly = () => void stop(0)
  process.on('SIGTERM', stopCleanly)
  process.on('SIGINT', stopCleanly)
  if (process.channel) {
    process.on('disconnect', stopCleanly)
    // The channel alone is no reason to stay: it would keep a part alive whose start has failed.
    process.channel.unref()
  }

  const onClose: OnClose = (close, waitMilliseconds = 0) => {
    closers.push(close)
    stopLimit += waitMilliseconds
  }
  start(onClose).then(
    () => {
      if (phase === 'starting') phase = 'running'
    },
    (error: unknown) => {
      console.error(error instanceof ConfigError || error instanceof StartupError ? error.message : error)
      void stop(1)
    },
  )
}

/** Something outside this program keeps a part from starting; the message tells the person who runs it what. */
export class StartupError extends Error {
  override name = 'StartError'
}
