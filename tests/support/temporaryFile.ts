import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { RowChunk } from '../../cli/import/rows'

const folders: string[] = []

/** Creates a file, which is removed after the test file. */
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

/** Collects the rows of all chunks: `[line, fields]`, or `[line, problem]` of a broken row. */
export async function allRows(chunks: AsyncGenerator<RowChunk<unknown>>): Promise<[number, unknown][]> {
  const rows: [number, unknown][] = []
  for await (const chunk of chunks)
    for (const row of chunk.rows) rows.push([row.line, row.kind === 'row' ? row.fields : row.problem])
  return rows
}
