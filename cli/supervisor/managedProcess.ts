import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { copyEnvironment } from '../../packages/platform/config/environment'
import { StartupError } from '../../packages/platform/lifecycle'
import { restartDelayMs, healthyAfterMs } from './backoff'
import { formatLogLine } from './formatLogLine'
import { waitUntilReady, type ReadinessCheck } from './readiness'

/** One process to keep running. */
export interface ProcessDefinition {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Beside, or instead of, this process's own environment. */
  readonly env: Readonly<Record<string, string>>
  readonly readiness: ReadinessCheck
  /** How long it keeps serving after SIGTERM, in milliseconds; default 0. */
  readonly drainMs?: number
}

/** Where a part is in its life. */
export type ProcessState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'starting'; readonly child: ChildProcess }
  /** Since when, by the monotonic clock (`performance.now`). */
  | { readonly phase: 'ready'; readonly child: ChildProcess; readonly since: number }
  /** It died, and is started again when the timer fires. */
  | { readonly phase: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly phase: 'stopping'; readonly child: ChildProcess }
  | { readonly phase: 'stopped' }

/** A process that is started again, after a while, whenever it dies. */
export interface ManagedProcess {
  readonly name: string
  readonly state: () => ProcessState
  /**
   * Starts it; resolves when it is ready for the first time, and never if it is stopped before.
   * @throws {StartupError} with what it wrote on standard error, when it ends before that; it is not started again then
   */
  start(): Promise<void>
  /** Ends it, by force 15 s after it has drained; resolves when it has ended. */
  stop(): Promise<void>
}

// A part gives the requests under way ten seconds.
const patience = 15_000

/** @param log is told what the part writes and when it dies; by default all of it goes to standard error */
export function createManagedProcess(
  definition: ProcessDefinition,
  log: (line: string) => void = console.error,
): ManagedProcess {
  const { name } = definition
  let state: ProcessState = { phase: 'idle' }
  let failures = 0
  let firstStart: { resolve(): void; reject(error: Error): void } | undefined
  const onStopped: (() => void)[] = []

  function launch(): void {
    const child = spawnPart(definition)
    const life = new AbortController()
    const said: string[] = []
    let refusal: Error | undefined
    state = { phase: 'starting', child }
    forEachLine(child.stdout, (line) => log(formatLogLine(name, line)))
    // The words of a part that does not start become the error's message.
    forEachLine(child.stderr, (line) => (firstStart ? said.push(line) : log(formatLogLine(name, line))))
    child.once('error', (error) => {
      refusal ??= error
      if (child.pid === undefined) ended()
    })
    child.once('close', () => ended())

    waitUntilReady(child, definition.readiness, life.signal).then(
      () => {
        if (state.phase !== 'starting' || state.child !== child) return
        state = { phase: 'ready', child, since: performance.now() }
        for (const line of said.splice(0)) log(formatLogLine(name, line))
        firstStart?.resolve()
        firstStart = undefined
      },
      (error: unknown) => {
        if (!life.signal.aborted && error instanceof Error) refusal = error
      },
    )

    function ended(): void {
      if (life.signal.aborted) return
      life.abort()
      if (state.phase === 'stopping') return becomeStopped()
      const how = child.signalCode ?? `exit code ${child.exitCode}`
      if (firstStart) {
        const { reject } = firstStart
        firstStart = undefined
        becomeStopped()
        return reject(
          refusal ?? new StartupError(said.join('\n') || `${name} ended before it was ready (${how}).`),
        )
      }
      launchLater(refusal?.message ?? how)
    }
  }

  function launchLater(how: string): void {
    if (state.phase === 'ready' && performance.now() - state.since >= healthyAfterMs) failures = 0
    const wait = restartDelayMs(failures++)
    log(`[${name}] ended (${how}); starting it again in ${wait / 1000} s`)
    state = { phase: 'waiting', timer: setTimeout(launch, wait) }
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
            endChild(state.child, patience + (definition.drainMs ?? 0))
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
 * In a group of its own, so that Ctrl-C in a terminal reaches only us, who end the parts in order; with an IPC channel,
 * whose closing tells the part to end if we are killed.
 */
function spawnPart({ command, args, env }: ProcessDefinition): ChildProcess {
  return spawn(command, args, {
    env: { ...copyEnvironment(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

function endChild(child: ChildProcess, milliseconds: number): void {
  const force = setTimeout(() => child.kill('SIGKILL'), milliseconds)
  child.once('exit', () => clearTimeout(force))
  child.kill('SIGTERM')
}

function forEachLine(stream: Readable | null, take: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', take)
}
