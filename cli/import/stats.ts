/** What became of the entities of one kind in a batch. */
export interface WriteCount {
  /** Plural, for people: `comments`. */
  kind: string
  offered: number
  /** How many of those offered were not there yet. */
  inserted: number
}

export interface WriteResult {
  kinds: readonly WriteCount[]
  /** Rows without a place, by why: `comments on posts that the dump does not have`. */
  skipped?: Readonly<Record<string, number>>
}

/** Counts, for the end. */
export interface ImportStats {
  countRead(file: string): void
  countBroken(): void
  countAdjusted(): void
  countSkipped(reason: string): void
  countWritten(written: WriteResult): void
  readonly brokenRows: number
  /** Everything, in lines for people. */
  formatSummary(): string[]
}

export function createImportStats(): ImportStats {
  const read = new Map<string, number>()
  const skipped = new Map<string, number>()
  const kinds = new Map<string, { offered: number; inserted: number }>()
  let adjusted = 0
  let broken = 0
  const count = (counts: Map<string, number>, name: string, by = 1) =>
    counts.set(name, (counts.get(name) ?? 0) + by)

  return {
    countRead: (file) => void count(read, file),
    countBroken: () => void broken++,
    countAdjusted: () => void adjusted++,
    countSkipped: (reason) => void count(skipped, reason),
    countWritten(written) {
      for (const { kind, offered, inserted } of written.kinds) {
        const sum = kinds.get(kind) ?? { offered: 0, inserted: 0 }
        kinds.set(kind, { offered: sum.offered + offered, inserted: sum.inserted + inserted })
      }
      for (const [reason, by] of Object.entries(written.skipped ?? {})) if (by > 0) count(skipped, reason, by)
    },
    get brokenRows() {
      return broken
    },
    formatSummary: () => [
      ...[...read].map(([file, rows]) => line(file, rows, 'rows read')),
      ...[...kinds].map(([kind, { offered, inserted }]) =>
        line(kind, inserted, `new, ${figure(offered - inserted)} already there`),
      ),
      ...[...skipped].map(([reason, rows]) => line('skipped', rows, reason)),
      ...(adjusted > 0 ? [line('shortened', adjusted, 'rows changed to fit the limits')] : []),
      line('broken', broken, broken === 0 ? 'rows' : 'rows, named above'),
    ],
  }
}

const figure = (number: number) => number.toLocaleString('en')
const line = (name: string, number: number, text: string) =>
  `${name.padEnd(14)}${figure(number).padStart(12)} ${text}`
