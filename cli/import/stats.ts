/** The entities of one kind in a batch. */
interface WriteCount {
  /** A plural for the summary: `comments`. */
  kind: string
  offered: number
  /** How many of them did not exist before. */
  inserted: number
}

export interface WriteResult {
  kinds: readonly WriteCount[]
  /** The number of skipped rows by reason: `comments on posts that do not exist`. */
  skipped?: Readonly<Record<string, number>>
}

/** The counters of an import. */
export interface ImportStats {
  countRead(file: string): void
  countBroken(): void
  countAdjusted(): void
  countSkipped(reason: string): void
  countWritten(written: WriteResult): void
  readonly brokenRows: number
  /** Returns the summary as lines of text. */
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
      ...[...read].map(([file, rows]) => formatLine(file, rows, 'rows read')),
      ...[...kinds].map(([kind, { offered, inserted }]) =>
        formatLine(kind, inserted, `new, ${formatNumber(offered - inserted)} already there`),
      ),
      ...[...skipped].map(([reason, rows]) => formatLine('skipped', rows, reason)),
      ...(adjusted > 0 ? [formatLine('shortened', adjusted, 'rows changed to fit the limits')] : []),
      formatLine('broken', broken, broken === 0 ? 'rows' : 'rows, listed above'),
    ],
  }
}

const formatNumber = (number: number) => number.toLocaleString('en')
const formatLine = (name: string, number: number, text: string) =>
  `${name.padEnd(14)}${formatNumber(number).padStart(12)} ${text}`
