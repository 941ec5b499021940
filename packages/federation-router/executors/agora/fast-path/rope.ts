import { windowLength } from './jsonScanner'

/** A part of the response's text that another fetch provides. Equal entities share their slots. */
export interface ResponseSlot {
  /** Undefined until that fetch has been read. */
  text: string | Rope | undefined
}

/**
 * Text that consists of spans of a response. While other fetches are pending, a response is retained in this form: the bytes
 * of the body, which the garbage collector does not copy, and numbers.
 */
export interface Rope {
  body: ResponseBody
  /** In order. Two consecutive numbers are the start and the end of a span of bytes. */
  parts: readonly RopePart[]
}

export type RopePart = number | string | ResponseSlot

/** The body of a response. Decodes a window of it when a span outside of the last window is read. */
export class ResponseBody {
  #start = 0
  #text: string

  /** @param text the whole body, if it is known as text with one character for each byte */
  constructor(
    readonly bytes: Buffer,
    text = '',
  ) {
    this.#text = text
  }

  /** Returns a span, with one character for each byte. */
  slice(from: number, to: number): string {
    // Nearly all spans are read in the order of the body.
    if (from < this.#start || to > this.#start + this.#text.length) {
      this.#text = this.bytes.toString('latin1', from, Math.max(to, from + windowLength))
      this.#start = from
    }
    return this.#text.slice(from - this.#start, to - this.#start)
  }
}

/** Joined texts are not longer, unless a single part is (see `JsonScanner` for the reason). */
const maxTextLength = 100_000

/** Joins parts, which are text or slots, into few texts. Returns undefined when a slot is empty. */
export function joinRopeParts(parts: readonly RopePart[]): string[] | undefined {
  const flat: string[] = []
  if (!flatten(parts, flat)) return undefined
  const texts: string[] = []
  let from = 0
  let length = 0
  for (let index = 0; index < flat.length; index++) {
    const added = flat[index]?.length ?? 0
    if (length > 0 && length + added > maxTextLength) {
      texts.push(flat.slice(from, index).join(''))
      from = index
      length = 0
    }
    length += added
  }
  texts.push(flat.slice(from).join(''))
  return texts
}

/** @param body the body of the spans, if there are any */
function flatten(parts: readonly RopePart[], into: string[], body?: ResponseBody): boolean {
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? 0
    if (typeof part === 'string') into.push(part)
    else if (typeof part === 'object') {
      if (!flattenSlot(part, into)) return false
    } else if (body) into.push(body.slice(part, Number(parts[++index])))
  }
  return true
}

function flattenSlot({ text }: ResponseSlot, into: string[]): boolean {
  if (text === undefined) return false
  if (typeof text !== 'string') return flatten(text.parts, into, text.body)
  into.push(text)
  return true
}
