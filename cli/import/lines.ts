import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'

interface Line {
  /** Starts at 1. */
  number: number
  /** Without the line break; empty when there is a `problem`. */
  text: string
  problem?: string
}

/** The lines that end in one chunk of a file. */
interface LineChunk {
  lines: Line[]
  /** Bytes read so far, including this chunk. */
  bytesRead: number
}

export interface LineOptions {
  /** A longer line is reported as a problem and not kept in memory. */
  maxLineBytes?: number
  chunkBytes?: number
}

const newline = 0x0a
const byteOrderMark = '\ufeff'

/**
 * Reads a UTF-8 file of any size, with or without a byte order mark. Holds at most one chunk and one line in memory.
 *
 * @throws the error of the file system when the file cannot be read
 */
export async function* readLines(
  file: string,
  { maxLineBytes = 8 * 1024 * 1024, chunkBytes = 128 * 1024 }: LineOptions = {},
): AsyncGenerator<LineChunk> {
  let number = 0
  let bytesRead = 0
  /** The beginning of the current line, from earlier chunks. */
  let parts: Buffer[] = []
  let lineBytes = 0

  const append = (part: Buffer) => {
    lineBytes += part.length
    if (lineBytes > maxLineBytes) parts = []
    else if (part.length > 0) parts.push(part)
  }
  const endLine = (): Line => {
    const line = toLine(++number, parts, lineBytes > maxLineBytes)
    parts = []
    lineBytes = 0
    return line
  }

  const stream: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: chunkBytes })
  for await (const chunk of stream) {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      append(chunk.subarray(start, end))
      lines.push(endLine())
      start = end + 1
    }
    append(chunk.subarray(start))
    bytesRead += chunk.length
    yield { lines, bytesRead }
  }
  if (lineBytes > 0) yield { lines: [endLine()], bytesRead }
}

function toLine(number: number, parts: Buffer[], tooLong: boolean): Line {
  if (tooLong) return { number, text: '', problem: 'the line is too long' }
  const [only] = parts
  const bytes = parts.length === 1 && only ? only : Buffer.concat(parts)
  if (!isUtf8(bytes)) return { number, text: '', problem: 'the line is not UTF-8' }
  const text = bytes.toString('utf8')
  return { number, text: number === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text }
}
