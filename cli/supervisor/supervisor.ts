import {
  createManagedProcess,
  type ManagedProcess,
  type ProcessDefinition,
  type ProcessState,
} from './managedProcess'
import type { SystemOutput } from './systemOutput'
import { logWhileWaiting } from '../logWhileWaiting'

/** Processes that start and stop together. */
interface StartupStage {
  readonly processes: readonly ProcessDefinition[]
  /** Whether it starts together with the previous stage instead of after it. */
  readonly startsWithPrevious?: boolean
}

interface SupervisorOptions {
  /** In start order. They stop one after another in reverse order. */
  readonly stages: readonly StartupStage[]
  readonly output: SystemOutput
}

/** Keeps the processes of a system running until it is stopped. */
interface Supervisor {
  /**
   * Starts the stages one after another. Resolves when every process is ready, and never if it is stopped before.
   * @throws {StartupError} when a process does not start; the caller stops the others
   */
  start(): Promise<void>
  /** Stops the stages in reverse order. Resolves when no process is left. */
  stop(): Promise<void>
  /** Returns the phase of each process by its name. */
  phases(): ReadonlyMap<string, ProcessState['phase']>
}

export function createSupervisor({ stages, output }: SupervisorOptions): Supervisor {
  const groups = stages.map(({ processes, startsWithPrevious = false }) => ({
    startsWithPrevious,
    processes: processes.map((definition) => createManagedProcess(definition, output)),
  }))
  let stopping: Promise<void> | undefined
  let resolveStopped = () => {}
  const stopped = new Promise<void>((resolve) => (resolveStopped = resolve))

  async function stopAll(): Promise<void> {
    resolveStopped()
    for (const { processes } of groups.toReversed()) await Promise.all(processes.map((each) => each.stop()))
  }

  return {
    async start() {
      for (const wave of groupIntoWaves(groups)) {
        const waiting = () => wave.filter((each) => each.state().phase !== 'ready').map(({ name }) => name)
        const started = Promise.race([stopped, Promise.all(wave.map((each) => each.start()))])
        await logWhileWaiting(output.writeMessage, () => `waiting for ${waiting().join(', ')}`, started)
        if (stopping) return await new Promise<never>(() => {})
      }
    },
    stop: () => (stopping ??= stopAll()),
    phases: () =>
      new Map(groups.flatMap(({ processes }) => processes.map((each) => [each.name, each.state().phase]))),
  }
}

/** Groups the processes that start at the same time. */
function groupIntoWaves(
  groups: readonly { startsWithPrevious: boolean; processes: readonly ManagedProcess[] }[],
): ManagedProcess[][] {
  const waves: ManagedProcess[][] = []
  for (const { startsWithPrevious, processes } of groups) {
    const last = waves.at(-1)
    if (startsWithPrevious && last) last.push(...processes)
    else waves.push([...processes])
  }
  return waves
}
