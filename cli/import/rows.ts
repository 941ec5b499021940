import type { z } from 'zod'

/** The fields of a row, or the reason why it cannot be read. */
export type Row<Fields> =
  { kind: 'row'; line: number; fields: Fields } | { kind: 'broken'; line: number; problem: string }

/** The rows that end in one chunk of a file. */
export interface RowChunk<Fields> {
  rows: Row<Fields>[]
  /** Bytes read so far, including this chunk. */
  bytesRead: number
}

/** Reads the rows of a file in order. Continues after a broken row. */
export type ReadRows<Fields> = (file: string) => AsyncGenerator<RowChunk<Fields>>

/** A row without valid fields. The message follows "file:line: ". */
export class BrokenRowError extends Error {
  override name = 'BrokenRowError'
}

/**
 * Validates the fields of a row.
 *
 * @throws BrokenRowError with every missing or invalid field
 */
export function readFields<Schema extends z.ZodType>(schema: Schema, fields: unknown): z.output<Schema> {
  const result = schema.safeParse(fields, {
    error: ({ input, path }) =>
      input === undefined ? 'is missing' : (path ?? []).length === 0 ? 'the row is not an object' : undefined,
  })
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim())
  throw new BrokenRowError(problems.join('; '))
}
