import type { z } from 'zod'

/** A row that was read: what it holds, or why it cannot be read. */
export type Row<Fields> =
  { kind: 'row'; line: number; fields: Fields } | { kind: 'broken'; line: number; problem: string }

/** The rows of one piece of a file. */
export interface RowChunk<Fields> {
  rows: Row<Fields>[]
  /** How much of the file has been read so far, this piece included. */
  bytesRead: number
}

/** Reads a file's rows, in order, piece by piece; a row that is broken does not end it. */
export type ReadRows<Fields> = (file: string) => AsyncGenerator<RowChunk<Fields>>

/** Thrown by a mapping for a row that does not hold what it must; the message completes "file:line: ". */
export class BrokenRowError extends Error {
  override name = 'BrokenRow'
}

/**
 * What a row must hold, typed.
 *
 * @throws BrokenRow that names every field that is missing or wrong
 */
export function readFields<Schema extends z.ZodType>(schema: Schema, fields: unknown): z.output<Schema> {
  const result = schema.safeParse(fields, {
    error: ({ input, path }) =>
      input === undefined ? 'is missing' : (path ?? []).length === 0 ? 'the row is no object' : undefined,
  })
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim())
  throw new BrokenRowError(problems.join('; '))
}
