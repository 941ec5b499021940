import { basename } from 'node:path'

import type { ImportProgress } from './progress'
import { BrokenRowError, type ReadRows, type Row } from './rows'
import type { ImportStats, WriteResult } from './stats'

/** What a mapping makes of one row. */
export type MappedRow<Item> =
  | { kind: 'item'; item: Item; adjusted: boolean }
  /** The row is fine and has no place here; `reason` completes "3 rows skipped: ". */
  | { kind: 'skipped'; reason: string }
  /** Another step on the same file takes it. */
  | { kind: 'elsewhere' }

/** One pass through one file. */
export interface ImportStep {
  file: string
  /** What it takes from the file, for the progress line: `questions`. */
  label: string
  run(surroundings: ImportStepContext): Promise<void>
}

export interface ImportStepContext {
  stats: ImportStats
  progress: ImportProgress
  /** Stop at the first broken row. */
  strict: boolean
  /** Aborted: stop after the batch under way. */
  signal: AbortSignal
  /** How many items make a batch; a large enough piece of the file makes one too. */
  batchItems: number
}

export interface ImportStepDefinition<Fields, Item> {
  file: string
  label: string
  read: ReadRows<Fields>
  /**
   * Pure: one row, alone.
   * @throws BrokenRow
   */
  map(fields: Fields): MappedRow<Item>
  /** Stores a batch. Called with one batch at a time, in the file's order; doing it again changes nothing. */
  write(items: Item[]): Promise<WriteResult>
  /** An earlier step on this file has counted its rows and named those that cannot be read. */
  isSecondPass?: boolean
}

/** The import stopped at a broken row, as `--strict` asks. */
export class StoppedAtBrokenRowError extends Error {
  override name = 'StoppedAtBrokenRow'
}

/** Somebody stopped the import. */
export class ImportInterruptedError extends Error {
  override name = 'Interrupted'
}

/** A batch is written once it comes from this many bytes of the file, however few its items. */
const batchBytes = 1024 * 1024

/** Makes a step of a definition: reading and mapping the next batch goes on while one is being written, no further. */
export function createStep<Fields, Item>(definition: ImportStepDefinition<Fields, Item>): ImportStep {
  const { file, label, read } = definition
  return {
    file,
    label,
    async run(surroundings) {
      const { stats, progress, signal, batchItems } = surroundings
      const writer = createWriter(definition.write, stats)
      progress.startPass(file, label)
      let batchBegan = 0
      try {
        for await (const { rows, bytesRead } of read(file)) {
          for (const row of rows) {
            const item = take(definition, row, surroundings)
            if (item !== undefined) writer.add(item)
            if (writer.size >= batchItems) await writer.flush()
          }
          if (bytesRead - batchBegan >= batchBytes) {
            await writer.flush()
            batchBegan = bytesRead
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

function take<Fields, Item>(
  { file, map, isSecondPass = false }: ImportStepDefinition<Fields, Item>,
  row: Row<Fields>,
  { stats, progress, strict }: ImportStepContext,
): Item | undefined {
  const name = basename(file)
  const broken = (problem: string) => {
    stats.countBroken()
    progress.print(`${name}:${row.line}: ${problem}`)
    if (strict) throw new StoppedAtBrokenRowError()
  }
  if (!isSecondPass) stats.countRead(name)
  if (row.kind === 'broken') {
    if (!isSecondPass) broken(row.problem)
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
    broken(error.message)
    return undefined
  }
}

/** Collects items and writes them, one batch after the other; `flush` waits only for the batch before. */
function createWriter<Item>(write: (items: Item[]) => Promise<WriteResult>, tally: ImportStats) {
  let items: Item[] = []
  let underWay: Promise<void> = Promise.resolve()
  return {
    get size() {
      return items.length
    },
    add: (item: Item) => void items.push(item),
    async flush() {
      const batch = items
      items = []
      await underWay
      underWay =
        batch.length === 0 ? Promise.resolve() : write(batch).then((written) => tally.countWritten(written))
      // It is awaited by the next flush or by end; until then its failure is not unhandled.
      underWay.catch(() => undefined)
    },
    end: () => underWay,
  }
}
