import type { ImportArguments } from './args'
import { meetupSteps } from './meetup/steps'
import type { ImportProgress } from './progress'
import type { EntityWriter } from './entityWriter'
import { createImportSource } from './source'
import { stackExchangeSteps } from './stackexchange/steps'
import { ImportInterruptedError, type ImportStep, StoppedAtBrokenRowError } from './step'
import { createImportStats, type ImportStats } from './stats'

/** The end of an import. Failures of the database or the disk are thrown instead. */
export type ImportOutcome = { phase: 'done' | 'stoppedAtBrokenRow' | 'interrupted'; stats: ImportStats }

interface ImportOptions {
  request: ImportArguments
  writer: EntityWriter
  /** Receives the file of each pass; a file that is read twice is listed twice. */
  createProgress(files: readonly string[]): ImportProgress
  signal: AbortSignal
  /** Default: 500. */
  batchItems?: number
}

/** Imports a data set. Idempotent: a second run completes a first one that has failed. */
export async function runImport({
  request,
  writer,
  createProgress,
  signal,
  batchItems = 500,
}: ImportOptions): Promise<ImportOutcome> {
  const steps = createSteps(request, writer)
  const stats = createImportStats()
  const progress = createProgress(steps.map(({ file }) => file))
  try {
    for (const step of steps) {
      await step.run({ stats, progress, strict: request.strict, signal, batchItems })
    }
    return { phase: 'done', stats }
  } catch (error) {
    if (error instanceof StoppedAtBrokenRowError) return { phase: 'stoppedAtBrokenRow', stats }
    if (error instanceof ImportInterruptedError) return { phase: 'interrupted', stats }
    throw error
  } finally {
    progress.end()
  }
}

function createSteps({ format, folder, site }: ImportArguments, writer: EntityWriter): ImportStep[] {
  const source = createImportSource(format, site)
  switch (format) {
    case 'stackexchange':
      return stackExchangeSteps(folder, source, writer)
    case 'meetup':
      return meetupSteps(folder, source, writer)
  }
}
