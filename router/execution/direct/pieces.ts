/** A part of the answer's text that comes from a fetch of its own. Entities that are one share theirs. */
export interface Hole {
  /** Undefined until that fetch is answered. */
  text: string | readonly Piece[] | undefined
}

/** The text of an answer, in order. */
export type Piece = string | Hole

/** Texts that are put together are at most so long, unless one of them is longer: see `Scanner`. */
const longest = 100_000

/** The text of all pieces, in few parts; undefined when some hole has not been filled. */
export function textsOf(pieces: readonly Piece[]): string[] | undefined {
  const flat: string[] = []
  if (!flatten(pieces, flat)) return undefined
  const texts: string[] = []
  let from = 0
  let length = 0
  for (const [index, text] of flat.entries()) {
    if (length > 0 && length + text.length > longest) {
      texts.push(flat.slice(from, index).join(''))
      from = index
      length = 0
    }
    length += text.length
  }
  texts.push(flat.slice(from).join(''))
  return texts
}

function flatten(pieces: readonly Piece[], into: string[]): boolean {
  for (const piece of pieces) {
    if (typeof piece === 'string') into.push(piece)
    else if (typeof piece.text === 'string') into.push(piece.text)
    else if (piece.text === undefined || !flatten(piece.text, into)) return false
  }
  return true
}
