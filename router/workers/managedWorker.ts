import cluster, { type Worker } from 'node:cluster'

import { StartupError } from '../../packages/platform'
import type { Log } from '../../packages/platform/log'

type WorkerState =
  | { phase: 'idle' }
  | { phase: 'starting'; worker: Worker }
  /** `sinceMs`: by the monotonic clock (`performance.now`). */
  | { phase: 'listening'; worker: Worker; sinceMs: number }
  /** It has ended, and is forked again when the timer fires. */
  | { phase: 'waiting'; timer: NodeJS.Timeout }
  | { phase: 'stopping'; worker: Worker; onEnd: () => void }
  | { phase: 'stopped' }

/** A worker that is forked again whenever it ends. */
export interface ManagedWorker {
  start(): void
  /**
   * Starts it, and resolves when it listens.
   *
   * @throws StartupError when it ends before that: it has printed the cause, and is not forked again
   */
  startFirst(): Promise<void>
  /** Lets it finish its requests, and resolves when it has ended. */
  stop(): Promise<void>
  /** Ends it at once. */
  kill(): void
  isListening(): boolean
  countRestarts(): number
}

interface ManagedWorkerOptions {
  /** Called for each process. */
  onFork(worker: Worker): void
  onListening(): void
  /** The number of workers, which a worker reads from its environment. */
  workers: number
  log: Log
}

const firstDelayMs = 100
const maxDelayMs = 10_000
/** A worker that listened for this long starts again with the first delay. */
const healthyAfterMs = 10_000

export function createManagedWorker(options: ManagedWorkerOptions): ManagedWorker {
  const { onFork, onListening, workers, log } = options
  let state: WorkerState = { phase: 'idle' }
  let failures = 0
  let restarts = 0
  let firstStart: { resolve(): void; reject(error: Error): void } | undefined

  function launch(): void {
    // The same number in all of them, even if `auto` would be another one now.
    const worker = cluster.fork({ WORKERS: String(workers) })
    state = { phase: 'starting', worker }
    onFork(worker)
    worker.once('listening', () => {
      if (state.phase !== 'starting') return
      state = { phase: 'listening', worker, sinceMs: performance.now() }
      firstStart?.resolve()
      firstStart = undefined
      onListening()
    })
    worker.on('error', (error) => {
      log.error({ err: error }, 'A worker could not be forked, or signalled')
      if (worker.process.pid === undefined) handleEnd('not forked')
    })
    worker.once('exit', (code: number | null, signal: string | null) =>
      handleEnd(signal ?? `exit code ${code}`),
    )
  }

  function handleEnd(cause: string): void {
    if (state.phase === 'stopping') {
      const { onEnd } = state
      state = { phase: 'stopped' }
      return onEnd()
    }
    if (firstStart) {
      state = { phase: 'stopped' }
      return firstStart.reject(
        new StartupError(`The router did not start: its first worker ended (${cause}).`),
      )
    }
    if (state.phase === 'listening' && performance.now() - state.sinceMs >= healthyAfterMs) failures = 0
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** failures++)
    log.error({ cause, delayMs }, 'A worker has ended, and is restarted')
    restarts++
    state = { phase: 'waiting', timer: setTimeout(launch, delayMs) }
  }

  return {
    start: launch,
    startFirst: () =>
      new Promise((resolve, reject) => {
        firstStart = { resolve, reject }
        launch()
      }),
    stop: () =>
      new Promise((resolve) => {
        switch (state.phase) {
          case 'starting':
          case 'listening':
            state.worker.process.kill('SIGTERM')
            state = { phase: 'stopping', worker: state.worker, onEnd: resolve }
            return
          case 'waiting':
            clearTimeout(state.timer)
            break
          case 'idle':
          case 'stopping':
          case 'stopped':
            break
          default:
            state satisfies never
        }
        state = { phase: 'stopped' }
        resolve()
      }),
    kill() {
      if ('worker' in state) state.worker.process.kill('SIGKILL')
    },
    isListening: () => state.phase === 'listening',
    countRestarts: () => restarts,
  }
}
