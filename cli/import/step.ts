import { basename } from 'node:path'

import type { ImportProgress } from './progress'
import { BrokenRowError, type ReadRows, type Row } from './rows'
import type { ImportStats, WriteResult } from './stats'

/** The result of mapping one row. */
export type MappedRow<Item> =
  | { kind: 'item'; item: Item; adjusted: boolean }
  /** A valid row that is not imported. */
  | { kind: 'skipped'; reason: string }
  /** Another step on the same file imports it. */
  | { kind: 'elsewhere' }

/** One pass through a file. */
export interface ImportStep {
  file: string
  /** The name of its rows in the progress: `questions`. */
  label: string
  run(context: ImportStepContext): Promise<void>
}

interface ImportStepContext {
  stats: ImportStats
  progress: ImportProgress
  /** Whether to stop at the first broken row. */
  strict: boolean
  /** Stops the import after the current batch. */
  signal: AbortSignal
  /** Items of a batch. A batch also ends after {@link batchBytes} of the file. */
  batchItems: number
}

interface ImportStepDefinition<Fields, Item> {
  file: string
  label: string
  read: ReadRows<Fields>
  /**
   * Maps one row, as a pure function.
   * @throws BrokenRowError
   */
  map(fields: Fields): MappedRow<Item>
  /** Stores a batch, idempotently. Called for one batch at a time, in the order of the file. */
  write(items: Item[]): Promise<WriteResult>
  /** Whether an earlier step has already counted the rows of this file and reported the broken ones. */
  isSecondPass?: boolean
}

/** The import stopped at a broken row because of `--strict`. */
export class StoppedAtBrokenRowError extends Error {
  override name = 'StoppedAtBrokenRowError'
}

/** The import was stopped by a signal. */
export class ImportInterruptedError extends Error {
  override name = 'ImportInterruptedError'
}

/** A batch is written after this many bytes of the file, even if it has few items. */
const batchBytes = 1024 * 1024

/** Creates a step that reads and maps one batch while the previous one is being written. */
export function createStep<Fields, Item>(definition: ImportStepDefinition<Fields, Item>): ImportStep {
  const { file, label, read } = definition
  return {
    file,
    label,
    async run(context) {
      const { stats, progress, signal, batchItems } = context
      const writer = createBatchWriter(definition.write, stats)
      progress.startPass(file, label)
      let batchStart = 0
      try {
        for await (const { rows, bytesRead } of read(file)) {
          for (const row of rows) {
            const item = mapRow(definition, row, context)
            if (item !== undefined) writer.add(item)
            if (writer.size >= batchItems) await writer.flush()
          }
          if (bytesRead - batchStart >= batchBytes) {
            await writer.flush()
            batchStart = bytesRead
          }
          progress.update(bytesRead)
          if (signal.aborted) throw new ImportInterruptedError()
        }
        await writer.flush()
      } finally {
        await writer.end()
      }
    },
  }
}

/** Maps a row, and counts and reports it. */
function mapRow<Fields, Item>(
  { file, map, isSecondPass = false }: ImportStepDefinition<Fields, Item>,
  row: Row<Fields>,
  { stats, progress, strict }: ImportStepContext,
): Item | undefined {
  const name = basename(file)
  const reportBroken = (problem: string) => {
    stats.countBroken()
    progress.print(`${name}:${row.line}: ${problem}`)
    if (strict) throw new StoppedAtBrokenRowError()
  }
  if (!isSecondPass) stats.countRead(name)
  if (row.kind === 'broken') {
    if (!isSecondPass) reportBroken(row.problem)
    return undefined
  }
  try {
    const mapped = map(row.fields)
    if (mapped.kind === 'skipped') stats.countSkipped(mapped.reason)
    if (mapped.kind !== 'item') return undefined
    if (mapped.adjusted) stats.countAdjusted()
    return mapped.item
  } catch (error) {
    if (!(error instanceof BrokenRowError)) throw error
    reportBroken(error.message)
    return undefined
  }
}

/** Collects items and writes them in batches, one at a time. `flush` waits only for the previous batch. */
function createBatchWriter<Item>(write: (items: Item[]) => Promise<WriteResult>, stats: ImportStats) {
  let items: Item[] = []
  let writing: Promise<void> = Promise.resolve()
  return {
    get size() {
      return items.length
    },
    add: (item: Item) => void items.push(item),
    async flush() {
      const batch = items
      items = []
      await writing
      writing =
        batch.length === 0 ? Promise.resolve() : write(batch).then((written) => stats.countWritten(written))
      // The next flush or `end` awaits it; until then, its rejection must not be unhandled.
      writing.catch(() => undefined)
    },
    end: () => writing,
  }
}
