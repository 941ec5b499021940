import {
  createManagedProcess,
  type ManagedProcess,
  type ProcessDefinition,
  type ProcessState,
} from './managedProcess'
import { logWhileWaiting } from '../logWhileWaiting'

/** Parts that start together and end together. */
export interface StartupStage {
  readonly processes: readonly ProcessDefinition[]
  /** Whether it starts along with the stage before it, and not when that is ready. */
  readonly startsWithPrevious?: boolean
}

export interface SupervisorOptions {
  /** In the order in which they start; they end in the reverse one, each when the one after it has ended. */
  readonly stages: readonly StartupStage[]
  readonly log: (line: string) => void
}

/** Keeps the processes of a system running until it is stopped. */
export interface Supervisor {
  /**
   * Starts the stages one after another; resolves when every part is ready, and never if it is stopped before.
   * @throws {StartError} when a part does not start; what has started then is to be stopped
   */
  start(): Promise<void>
  /** Ends the stages in the reverse order; resolves when no process is left. */
  stop(): Promise<void>
  /** The phase that each part is in, by its name. */
  phases(): ReadonlyMap<string, ProcessState['phase']>
}

export function createSupervisor({ stages, log }: SupervisorOptions): Supervisor {
  const groups = stages.map(({ processes, startsWithPrevious = false }) => ({
    alongside: startsWithPrevious,
    parts: processes.map((definition) => createManagedProcess(definition, log)),
  }))
  let stopping: Promise<void> | undefined
  let sayStopped = () => {}
  const stopped = new Promise<void>((resolve) => (sayStopped = resolve))

  async function stopAll(): Promise<void> {
    sayStopped()
    for (const { parts } of groups.toReversed()) await Promise.all(parts.map((part) => part.stop()))
  }

  return {
    async start() {
      for (const wave of wavesOf(groups)) {
        const waiting = () => wave.filter((part) => part.state().phase !== 'ready').map(({ name }) => name)
        const started = Promise.race([stopped, Promise.all(wave.map((part) => part.start()))])
        await logWhileWaiting(log, () => `waiting for ${waiting().join(', ')}`, started)
        if (stopping) return await new Promise<never>(() => {})
      }
    },
    stop: () => (stopping ??= stopAll()),
    phases: () =>
      new Map(groups.flatMap(({ parts }) => parts.map((part) => [part.name, part.state().phase]))),
  }
}

/** The parts that start at the same time, in order. */
function wavesOf(
  groups: readonly { alongside: boolean; parts: readonly ManagedProcess[] }[],
): ManagedProcess[][] {
  const waves: ManagedProcess[][] = []
  for (const { alongside, parts } of groups) {
    const last = waves.at(-1)
    if (alongside && last) last.push(...parts)
    else waves.push([...parts])
  }
  return waves
}
