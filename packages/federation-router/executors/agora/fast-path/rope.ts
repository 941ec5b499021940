import { windowLength } from './jsonScanner'

/** A part of the answer's text that comes from a fetch of its own. Entities that are one share theirs. */
export interface ResponseSlot {
  /** Undefined until that fetch is answered. */
  text: string | Rope | undefined
}

/**
 * Text that is put together from an answer. While other subgraphs are waited for, this is all that is kept of it: the
 * body's bytes, which the garbage collector does not copy, and numbers.
 */
export interface Rope {
  body: ResponseBody
  /** In order. Two numbers are a span of the bytes: where it begins, and where it ends. */
  parts: readonly RopePart[]
}

export type RopePart = number | string | ResponseSlot

/** An answer's body, a part of which is made text when something of it is shown. */
export class ResponseBody {
  #start = 0
  #text = ''

  constructor(readonly bytes: Buffer) {}

  /** A span of it, one character for each byte. */
  slice(from: number, to: number): string {
    // Spans come in the order of the body, but for a few.
    if (from < this.#start || to > this.#start + this.#text.length) {
      this.#text = this.bytes.toString('latin1', from, Math.max(to, from + windowLength))
      this.#start = from
    }
    return this.#text.slice(from - this.#start, to - this.#start)
  }
}

/** Texts that are put together are at most so long, unless one of them is longer: see `Scanner`. */
const longest = 100_000

/** Parts that are all text or holes, in few texts; undefined when some hole in them has not been filled. */
export function joinRopeParts(parts: readonly RopePart[]): string[] | undefined {
  const flat: string[] = []
  if (!flatten(parts, flat)) return undefined
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

/** @param body of the spans; undefined where there are none */
function flatten(parts: readonly RopePart[], into: string[], body?: ResponseBody): boolean {
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? 0
    if (typeof part === 'string') into.push(part)
    else if (typeof part === 'object') {
      if (!fill(part, into)) return false
    } else if (body) into.push(body.slice(part, Number(parts[++index])))
  }
  return true
}

function fill({ text }: ResponseSlot, into: string[]): boolean {
  if (text === undefined) return false
  if (typeof text !== 'string') return flatten(text.parts, into, text.body)
  into.push(text)
  return true
}
