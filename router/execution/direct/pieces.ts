import { windowLength } from './scanner'

/** A part of the answer's text that comes from a fetch of its own. Entities that are one share theirs. */
export interface Hole {
  /** Undefined until that fetch is answered. */
  text: string | Pieces | undefined
}

/**
 * Text that is put together from an answer. While other subgraphs are waited for, this is all that is kept of it: the
 * body's bytes, which the garbage collector does not copy, and numbers.
 */
export interface Pieces {
  bytes: Buffer
  /** In order. Two numbers are a span of the bytes: where it begins, and where it ends. */
  parts: readonly Part[]
}

export type Part = number | string | Hole

/** Texts that are put together are at most so long, unless one of them is longer: see `Scanner`. */
const longest = 100_000

/** The text of a hole in few parts, one character for each byte; undefined when some hole in it has not been filled. */
export function textsOf(hole: Hole): string[] | undefined {
  const flat: string[] = []
  if (!flatten(hole, flat, new Map())) return undefined
  const texts: string[] = []
  let from = 0
  let length = 0
  for (let index = 0; index < flat.length; index++) {
    const more = flat[index]?.length ?? 0
    if (length > 0 && length + more > longest) {
      texts.push(flat.slice(from, index).join(''))
      from = index
      length = 0
    }
    length += more
  }
  texts.push(flat.slice(from).join(''))
  return texts
}

/** The part of a body that has been made text. */
interface Window {
  start: number
  text: string
}

/** @param windows of the bodies of which something has been shown */
function flatten({ text }: Hole, into: string[], windows: Map<Buffer, Window>): boolean {
  if (typeof text === 'string') {
    into.push(text)
    return true
  }
  if (text === undefined) return false
  const { bytes, parts } = text
  let window = windows.get(bytes)
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? 0
    if (typeof part === 'string') into.push(part)
    else if (typeof part === 'object') {
      if (!flatten(part, into, windows)) return false
    } else {
      const to = Number(parts[++index])
      // Spans come in the order of the body, but for a few.
      if (!window || part < window.start || to > window.start + window.text.length) {
        window = { start: part, text: bytes.toString('latin1', part, Math.max(to, part + windowLength)) }
        windows.set(bytes, window)
      }
      into.push(window.text.slice(part - window.start, to - window.start))
    }
  }
  return true
}
