import cluster from 'node:cluster'

import { ConfigError } from './config/environment'

/**
 * Registers a resource to be closed when the process ends, in the reverse order of registration.
 *
 * @param drainMs how long closing waits on purpose (DRAIN_MS), which extends the shutdown timeout
 */
export type OnClose = (close: () => Promise<void> | void, drainMs?: number) => void

/** Pending requests have 10 s of it. */
const shutdownTimeoutMs = 14_000
/** After the end of the supervisor, which takes the other processes with it: requests cannot be completed. */
const orphanTimeoutMs = 1_000

/**
 * Runs the process until SIGTERM, SIGINT, or the end of the supervisor that started it (its IPC channel closes; a
 * worker of node:cluster exits at once then). Then closes everything registered with `onClose` in reverse order and
 * exits with status 0; with 1 after an error or the shutdown timeout, which is 1.5 s when the supervisor has ended. An
 * error of `start` is printed, without a stack when it is a {@link ConfigError} or {@link StartupError}, and the status
 * is 1.
 */
export function runProcess(start: (onClose: OnClose) => Promise<void>): void {
  const closers: (() => Promise<void> | void)[] = []
  let timeoutMs = shutdownTimeoutMs
  let phase: 'starting' | 'running' | 'stopping' = 'starting'

  async function stop(exitCode: number): Promise<void> {
    if (phase === 'stopping') return
    phase = 'stopping'
    setTimeout(() => process.exit(1), timeoutMs).unref()
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
    process.on('disconnect', () => {
      setTimeout(() => process.exit(1), orphanTimeoutMs).unref()
      stopCleanly()
    })
    // Otherwise the channel would keep a process alive whose start has failed. A worker listens through its channel only.
    if (!cluster.isWorker) process.channel.unref()
  }

  const onClose: OnClose = (close, drainMs = 0) => {
    closers.push(close)
    timeoutMs += drainMs
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

/** The environment prevents a process from starting. The message states the cause. */
export class StartupError extends Error {
  override name = 'StartupError'
}
