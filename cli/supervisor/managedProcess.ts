import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { copyEnvironment, StartupError } from '../../packages/platform'
import type { SystemOutput } from './systemOutput'
import { waitUntilReady, type ReadinessCheck } from './readiness'

export interface ProcessDefinition {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Added to the environment of this process, or overriding it. */
  readonly env: Readonly<Record<string, string>>
  readonly readiness: ReadinessCheck
  /** How long it keeps serving after SIGTERM. Default: 0. */
  readonly drainMs?: number
  /** Stores the lines of its standard output, which are not logged then, of its standard error, and each end. */
  readonly record?: (line: string) => void
  /** Returns the cause of an unexpected end and the remedy, if they are known. */
  readonly explainEnd?: (end: Pick<ChildProcess, 'exitCode' | 'signalCode'>) => string | undefined
}

export type ProcessState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'starting'; readonly child: ChildProcess }
  /** `since`: by the monotonic clock (`performance.now`). */
  | { readonly phase: 'ready'; readonly child: ChildProcess; readonly since: number }
  /** It has ended, and is restarted when the timer fires. */
  | { readonly phase: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly phase: 'stopping'; readonly child: ChildProcess }
  | { readonly phase: 'stopped' }

/** A process that is restarted with exponential backoff whenever it ends. */
export interface ManagedProcess {
  readonly name: string
  readonly state: () => ProcessState
  /**
   * Starts it. Resolves when it is ready for the first time, and never if it is stopped before.
   * @throws {StartupError} with its standard error when it ends before it is ready; it is not restarted then
   */
  start(): Promise<void>
  /** Stops it, with SIGKILL 15 s after it has drained. Resolves when it has ended. */
  stop(): Promise<void>
}

// Processes give active requests 10 s.
const stopTimeoutMs = 15_000

const firstDelayMs = 200
const maxDelayMs = 10_000

/** A process that was ready for this long starts again with the first delay. */
const healthyAfterMs = 10_000

/** Returns the delay before a restart: exponential backoff over consecutive failures (0, 1, …). */
export function restartDelayMs(failures: number): number {
  return Math.min(maxDelayMs, firstDelayMs * 2 ** failures)
}

/** @param output receives the lines of the process, and its restarts */
export function createManagedProcess(definition: ProcessDefinition, output: SystemOutput): ManagedProcess {
  const { name, record } = definition
  const { writeMessage: log } = output
  const writeLine = (line: string) => output.writeLine(name, line)
  let state: ProcessState = { phase: 'idle' }
  let failures = 0
  let lastExplanation: string | undefined
  let firstStart: { resolve(): void; reject(error: Error): void } | undefined
  const onStopped: (() => void)[] = []

  function launch(): void {
    const child = spawnProcess(definition)
    const lifetime = new AbortController()
    const errorLines: string[] = []
    let failure: Error | undefined
    state = { phase: 'starting', child }
    forEachLine(child.stdout, record ?? writeLine)
    forEachLine(child.stderr, (line) => {
      record?.(line)
      // The standard error of a process that does not start becomes the error message.
      if (firstStart) errorLines.push(line)
      else writeLine(line)
    })
    child.once('error', (error) => {
      failure ??= error
      if (child.pid === undefined) handleEnd()
    })
    child.once('close', handleEnd)

    waitUntilReady(child, definition.readiness, lifetime.signal).then(
      () => {
        if (state.phase !== 'starting' || state.child !== child) return
        state = { phase: 'ready', child, since: performance.now() }
        errorLines.splice(0).forEach(writeLine)
        firstStart?.resolve()
        firstStart = undefined
      },
      (error: unknown) => {
        if (!lifetime.signal.aborted && error instanceof Error) failure = error
      },
    )

    function handleEnd(): void {
      if (lifetime.signal.aborted) return
      lifetime.abort()
      const cause = child.signalCode ?? `exit code ${child.exitCode}`
      record?.(`ended (${cause})`)
      if (state.phase === 'stopping') return becomeStopped()
      const explanation = failure?.message ?? definition.explainEnd?.(child)
      if (firstStart) {
        const { reject } = firstStart
        firstStart = undefined
        becomeStopped()
        return reject(
          failure ??
            new StartupError(
              explanation ?? (errorLines.join('\n') || `${name} ended before it was ready (${cause}).`),
            ),
        )
      }
      scheduleRestart(cause, explanation)
    }
  }

  function scheduleRestart(cause: string, explanation: string | undefined): void {
    if (state.phase === 'ready' && performance.now() - state.since >= healthyAfterMs) {
      failures = 0
      lastExplanation = undefined
    }
    if (explanation !== undefined && explanation !== lastExplanation) log(`[${name}] ${explanation}`)
    lastExplanation = explanation
    const delayMs = restartDelayMs(failures++)
    log(`[${name}] ended (${cause}); restarting in ${delayMs / 1000} s`)
    state = { phase: 'waiting', timer: setTimeout(launch, delayMs) }
  }

  function becomeStopped(): void {
    state = { phase: 'stopped' }
    for (const resolve of onStopped.splice(0)) resolve()
  }

  return {
    name,
    state: () => state,
    start: () =>
      new Promise((resolve, reject) => {
        if (state.phase !== 'idle') return
        firstStart = { resolve, reject }
        launch()
      }),
    stop: () =>
      new Promise((resolve) => {
        onStopped.push(resolve)
        switch (state.phase) {
          case 'starting':
          case 'ready':
            stopChild(state.child, stopTimeoutMs + (definition.drainMs ?? 0))
            state = { phase: 'stopping', child: state.child }
            return
          case 'stopping':
            return
          case 'waiting':
            clearTimeout(state.timer)
            return becomeStopped()
          case 'idle':
          case 'stopped':
            return becomeStopped()
          default:
            state satisfies never
        }
      }),
  }
}

/**
 * Spawns the process in its own process group, so that Ctrl-C in a terminal reaches only the supervisor, which stops the
 * processes in order. If the supervisor is killed, the IPC channel closes, and the process ends by itself.
 */
function spawnProcess({ command, args, env }: ProcessDefinition): ChildProcess {
  return spawn(command, args, {
    env: { ...copyEnvironment(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

function stopChild(child: ChildProcess, timeoutMs: number): void {
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  child.once('exit', () => clearTimeout(timer))
  child.kill('SIGTERM')
}

function forEachLine(stream: Readable | null, handle: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', handle)
}
