/** The length of a text in code points, as people count: an emoji outside the basic plane is one. */
export function countCodePoints(text: string): number {
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0xd800 && code <= 0xdbff) index++
    length++
  }
  return length
}

/** Returns whether a text has more than `max` code points. Does not read a text that certainly has. */
export function isLongerThan(text: string, max: number): boolean {
  return text.length > max && (text.length > 2 * max || countCodePoints(text) > max)
}

/**
 * Normalises a text of at most `max` code points. Sorting a run of combining marks takes quadratic time, so a text of
 * unbounded length must never be normalised; tests/architecture allows `String.prototype.normalize` in few files.
 *
 * @throws RangeError for a longer text, which callers refuse beforehand with {@link isLongerThan}
 */
export function normalizeBounded(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD', max: number): string {
  if (isLongerThan(text, max)) throw new RangeError(`The text has more than ${max} characters.`)
  return text.normalize(form)
}

const pieceLength = 128
// Ends pieces before ASCII and Han characters, which never interact with the characters before them; else after `pieceLength`.
const beforeInert = String.raw`(?=(?!\p{M})[\p{ASCII}\p{sc=Han}]|$)`
const pieces = new RegExp(`[^]{1,${pieceLength}}${beforeInert}|[^]{1,${pieceLength}}`, 'gu')

/**
 * Normalises a text of any length in linear time: in pieces of at most 128 code points. The result differs from that of
 * `String.prototype.normalize` only where so many characters in a row are neither ASCII nor Han, at the end of a piece that
 * divides a letter from its marks. Several kinds of such runs take quadratic time in one piece: combining marks (UAX 15, 13),
 * characters that become combining marks (U+FF9E), and starters that compose with the characters before them (U+16D67).
 */
export function normalizeLong(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string {
  return text.length <= pieceLength
    ? text.normalize(form)
    : text.replace(pieces, (piece) => piece.normalize(form))
}

/** The first `limit` code points of a text. */
export function firstCodePoints(text: string, limit: number): string {
  if (text.length <= limit) return text
  let taken = 0
  let index = 0
  while (taken < limit && index < text.length) {
    const code = text.codePointAt(index) ?? 0
    index += code > 0xffff ? 2 : 1
    taken++
  }
  return text.slice(0, index)
}

/**
 * Whether a text can be stored and shown: no NUL, which other programs take for its end, and no lone surrogate,
 * which has no UTF-8 form and would come back as another character.
 */
export function isWellFormed(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
