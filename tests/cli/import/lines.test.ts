import { readLines } from '../../../cli/import/lines'
import { temporaryFile } from '../../support/temporaryFile'

async function linesOf(content: string | Buffer, options?: { maxLineBytes?: number; chunkBytes?: number }) {
  const lines: [number, string][] = []
  let bytes = 0
  for await (const piece of readLines(temporaryFile(content), options)) {
    for (const { number, text, problem } of piece.lines) lines.push([number, problem ?? text])
    bytes = piece.bytesRead
  }
  return { lines, bytes }
}

// Every way in which a piece of the file can end inside a line, or inside a character.
describe.each([1, 2, 3, 5, 1024])('lines, read %i bytes at a time', (chunk) => {
  it('are numbered from 1, without their ends, and without a byte order mark', async () => {
    const content = '\ufeffée\r\n\n漢字😀\nlast'
    const { lines, bytes } = await linesOf(content, { chunkBytes: chunk })
    expect(lines).toEqual([
      [1, 'ée\r'],
      [2, ''],
      [3, '漢字😀'],
      [4, 'last'],
    ])
    expect(bytes).toBe(Buffer.byteLength(content))
  })

  it('that are too long, or no UTF-8, are named, and the next ones are read', async () => {
    const content = Buffer.concat([
      Buffer.from('0123456789\nab\n'),
      Buffer.from([0xe9, 0x0a]),
      Buffer.from('cd\n'),
    ])
    const { lines } = await linesOf(content, { chunkBytes: chunk, maxLineBytes: 5 })
    expect(lines).toEqual([
      [1, 'the line is too long'],
      [2, 'ab'],
      [3, 'the line is not UTF-8'],
      [4, 'cd'],
    ])
  })
})

it('an empty file has no lines', async () => {
  expect(await linesOf('')).toEqual({ lines: [], bytes: 0 })
})

it('a file that is not there is an error', async () => {
  await expect(readLines('/nowhere/at/all').next()).rejects.toThrow('ENOENT')
})
