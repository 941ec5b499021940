import type { ImportArguments } from './args'
import { meetupSteps } from './meetup/steps'
import type { ImportProgress } from './progress'
import type { EntityWriter } from './entityWriter'
import { createImportSource } from './source'
import { stackExchangeSteps } from './stackexchange/steps'
import { ImportInterruptedError, type ImportStep, StoppedAtBrokenRowError } from './step'
import { createImportStats, type ImportStats } from './stats'

/** How an import ended; a failure of the database or the disk is thrown instead. */
export type ImportOutcome = { phase: 'done' | 'stoppedAtBrokenRow' | 'interrupted'; tally: ImportStats }

export interface ImportOptions {
  request: ImportArguments
  writer: EntityWriter
  /** Made when the files are known: with each once for every pass through it. */
  createProgress(files: readonly string[]): ImportProgress
  signal: AbortSignal
  /** How many rows are written at once. */
  batchItems?: number
}

/** Reads everything that the request names into the sink. Running it again, whatever its outcome, completes it. */
export async function runImport({
  request,
  writer,
  createProgress,
  signal,
  batchItems = 500,
}: ImportOptions): Promise<ImportOutcome> {
  const steps = stepsOf(request, writer)
  const tally = createImportStats()
  const progress = createProgress(steps.map(({ file }) => file))
  try {
    for (const step of steps) {
      await step.run({ stats: tally, progress, strict: request.strict, signal, batchItems })
    }
    return { phase: 'done', tally }
  } catch (error) {
    if (error instanceof StoppedAtBrokenRowError) return { phase: 'stoppedAtBrokenRow', tally }
    if (error instanceof ImportInterruptedError) return { phase: 'interrupted', tally }
    throw error
  } finally {
    progress.end()
  }
}

function stepsOf({ format, folder, site }: ImportArguments, sink: EntityWriter): ImportStep[] {
  const source = createImportSource(format, site)
  switch (format) {
    case 'stackexchange':
      return stackExchangeSteps(folder, source, sink)
    case 'meetup':
      return meetupSteps(folder, source, sink)
  }
}
