import { createPart, type PartDefinition, type PartState } from './part'
import { withProgress } from './progress'

export interface SupervisorOptions {
  /** Each stage is started when all parts of the one before are ready, and ended before that. */
  readonly stages: readonly (readonly PartDefinition[])[]
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
  phases(): ReadonlyMap<string, PartState['phase']>
}

export function createSupervisor({ stages, log }: SupervisorOptions): Supervisor {
  const groups = stages.map((stage) => stage.map((definition) => createPart(definition, log)))
  let stopping: Promise<void> | undefined
  let sayStopped = () => {}
  const stopped = new Promise<void>((resolve) => (sayStopped = resolve))

  async function stopAll(): Promise<void> {
    sayStopped()
    for (const group of groups.toReversed()) await Promise.all(group.map((part) => part.stop()))
  }

  return {
    async start() {
      for (const group of groups) {
        const waiting = () => group.filter((part) => part.state().phase !== 'ready').map(({ name }) => name)
        const started = Promise.race([stopped, Promise.all(group.map((part) => part.start()))])
        await withProgress(log, () => `waiting for ${waiting().join(', ')}`, started)
        if (stopping) return await new Promise<never>(() => {})
      }
    },
    stop: () => (stopping ??= stopAll()),
    phases: () => new Map(groups.flat().map((part) => [part.name, part.state().phase])),
  }
}
