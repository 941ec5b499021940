import { readLines } from '../../../cli/import/lines'
import { temporaryFile } from '../../support/temporaryFile'

async function collectLines(
  content: string | Buffer,
  options?: { maxLineBytes?: number; chunkBytes?: number },
) {
  const lines: [number, string][] = []
  let bytes = 0
  for await (const chunk of readLines(temporaryFile(content), options)) {
    for (const { number, text, problem } of chunk.lines) lines.push([number, problem ?? text])
    bytes = chunk.bytesRead
  }
  return { lines, bytes }
}

// A chunk can end anywhere inside a line, or inside a character.
describe.each([1, 2, 3, 5, 1024])('reading %i bytes at a time', (chunkBytes) => {
  it('numbers lines from 1 and removes line breaks and the byte order mark', async () => {
    const content = '\ufeffée\r\n\n漢字😀\nlast'
    const { lines, bytes } = await collectLines(content, { chunkBytes })
    expect(lines).toEqual([
      [1, 'ée\r'],
      [2, ''],
      [3, '漢字😀'],
      [4, 'last'],
    ])
    expect(bytes).toBe(Buffer.byteLength(content))
  })

  it('reports lines that are too long or not UTF-8, and reads the following ones', async () => {
    const content = Buffer.concat([
      Buffer.from('0123456789\nab\n'),
      Buffer.from([0xe9, 0x0a]),
      Buffer.from('cd\n'),
    ])
    const { lines } = await collectLines(content, { chunkBytes, maxLineBytes: 5 })
    expect(lines).toEqual([
      [1, 'the line is too long'],
      [2, 'ab'],
      [3, 'the line is not UTF-8'],
      [4, 'cd'],
    ])
  })
})

it('returns no lines for an empty file', async () => {
  expect(await collectLines('')).toEqual({ lines: [], bytes: 0 })
})

it('throws when the file does not exist', async () => {
  await expect(readLines('/nowhere/at/all').next()).rejects.toThrow('ENOENT')
})
