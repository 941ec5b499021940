import { cpus, totalmem } from 'node:os'

/** Describes the machine in one line. */
export function describeMachine(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpu?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${memory} GiB, Node ${process.version}`
}

/** Formats rows as a Markdown table. The first row is the header. */
export function formatMarkdownTable(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => String(row[column]).length)),
  )
  const formatRow = (row: readonly (string | number)[]) =>
    `| ${row.map((cell, column) => String(cell).padEnd(widths[column] ?? 0)).join(' | ')} |`
  const delimiter = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return rows
    .flatMap((row, index) => (index === 0 ? [formatRow(row), delimiter] : [formatRow(row)]))
    .join('\n')
}
