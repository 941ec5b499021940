import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { RowChunk } from '../../cli/import/rows'

const folders: string[] = []

/** A file with this content, until the end of the test file. */
export function temporaryFile(content: string | Buffer, name = 'Rows.xml'): string {
  const folder = mkdtempSync(join(tmpdir(), 'agora-import-'))
  folders.push(folder)
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** All rows of all pieces: `[line, fields]`, or `[line, problem]` for a broken one. */
export async function allRows(pieces: AsyncGenerator<RowChunk<unknown>>): Promise<[number, unknown][]> {
  const rows: [number, unknown][] = []
  for await (const piece of pieces)
    for (const row of piece.rows) rows.push([row.line, row.kind === 'row' ? row.fields : row.problem])
  return rows
}
