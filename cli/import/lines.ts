import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'

/** One line of a file. */
export interface Line {
  /** 1 for the first. */
  number: number
  /** Without its end; `problem` instead where it cannot be read as text. */
  text: string
  problem?: string
}

/** The lines of one piece of a file. */
export interface LineChunk {
  lines: Line[]
  /** How much of the file has been read so far, this piece included. */
  bytesRead: number
}

export interface LineOptions {
  /** A longer line is not kept in memory but named as a problem; bytes. */
  maxLineBytes?: number
  /** How much is read at once; bytes. */
  chunkBytes?: number
}

const newline = 0x0a
const byteOrderMark = '\ufeff'

/**
 * Reads a text file of any size, UTF-8 with or without a byte order mark, piece by piece. Never holds more than a
 * piece and one line.
 *
 * @throws the file system's error when the file cannot be read
 */
export async function* readLines(
  file: string,
  { maxLineBytes = 8 * 1024 * 1024, chunkBytes = 128 * 1024 }: LineOptions = {},
): AsyncGenerator<LineChunk> {
  let number = 0
  let bytesRead = 0
  let begun: Buffer[] = []
  let begunLength = 0

  const keep = (part: Buffer) => {
    begunLength += part.length
    if (begunLength > maxLineBytes) begun = []
    else if (part.length > 0) begun.push(part)
  }
  const finish = (): Line => {
    const line = toLine(++number, begun, begunLength > maxLineBytes)
    begun = []
    begunLength = 0
    return line
  }

  const stream: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: chunkBytes })
  for await (const piece of stream) {
    const lines: Line[] = []
    let start = 0
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, start)) {
      keep(piece.subarray(start, end))
      lines.push(finish())
      start = end + 1
    }
    keep(piece.subarray(start))
    bytesRead += piece.length
    yield { lines, bytesRead }
  }
  if (begunLength > 0) yield { lines: [finish()], bytesRead }
}

function toLine(number: number, parts: Buffer[], tooLong: boolean): Line {
  if (tooLong) return { number, text: '', problem: 'the line is too long' }
  const [only] = parts
  const bytes = parts.length === 1 && only ? only : Buffer.concat(parts)
  if (!isUtf8(bytes)) return { number, text: '', problem: 'the line is not UTF-8' }
  const text = bytes.toString('utf8')
  return { number, text: number === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text }
}
