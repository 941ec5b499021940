import { type LineOptions, readLines } from './lines'
import type { Row, RowChunk } from './rows'

/** Reads JSON Lines, one JSON value per line. Skips blank lines, which count as lines. */
export async function* readJsonRows(file: string, options?: LineOptions): AsyncGenerator<RowChunk<unknown>> {
  for await (const { lines, bytesRead } of readLines(file, options)) {
    const rows = lines.flatMap(({ number, text, problem }): Row<unknown>[] => {
      if (problem !== undefined) return [{ kind: 'broken', line: number, problem }]
      return text.trim() === '' ? [] : [parse(text, number)]
    })
    yield { rows, bytesRead }
  }
}

function parse(text: string, line: number): Row<unknown> {
  try {
    return { kind: 'row', line, fields: JSON.parse(text) as unknown }
  } catch {
    return { kind: 'broken', line, problem: 'the line is not JSON' }
  }
}
