import type { Arguments } from './args'
import { meetupSteps } from './meetup/steps'
import type { Progress } from './progress'
import type { Sink } from './sink'
import { createSource } from './source'
import { stackExchangeSteps } from './stackexchange/steps'
import { Interrupted, type Step, StoppedAtBrokenRow } from './step'
import { createTally, type Tally } from './tally'

/** How an import ended; a failure of the database or the disk is thrown instead. */
export type Outcome = { phase: 'done' | 'stoppedAtBrokenRow' | 'interrupted'; tally: Tally }

export interface ImportRun {
  request: Arguments
  sink: Sink
  /** Made when the files are known: with each once for every pass through it. */
  createProgress(files: readonly string[]): Progress
  signal: AbortSignal
  /** How many rows are written at once. */
  batchItems?: number
}

/** Reads everything that the request names into the sink. Running it again, whatever its outcome, completes it. */
export async function runImport({
  request,
  sink,
  createProgress,
  signal,
  batchItems = 500,
}: ImportRun): Promise<Outcome> {
  const steps = stepsOf(request, sink)
  const tally = createTally()
  const progress = createProgress(steps.map(({ file }) => file))
  try {
    for (const step of steps) {
      await step.run({ tally, progress, strict: request.strict, signal, batchItems })
    }
    return { phase: 'done', tally }
  } catch (error) {
    if (error instanceof StoppedAtBrokenRow) return { phase: 'stoppedAtBrokenRow', tally }
    if (error instanceof Interrupted) return { phase: 'interrupted', tally }
    throw error
  } finally {
    progress.end()
  }
}

function stepsOf({ format, folder, site }: Arguments, sink: Sink): Step[] {
  const source = createSource(format, site)
  switch (format) {
    case 'stackexchange':
      return stackExchangeSteps(folder, source, sink)
    case 'meetup':
      return meetupSteps(folder, source, sink)
  }
}
