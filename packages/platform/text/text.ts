/** Returns the length of a text in code points: an emoji outside the basic plane counts as one. */
export function countCodePoints(text: string): number {
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0xd800 && code <= 0xdbff) index++
    length++
  }
  return length
}

/** Returns whether a text has more than `max` code points, without reading one that is far longer. */
export function isLongerThan(text: string, max: number): boolean {
  return text.length > max && (text.length > 2 * max || countCodePoints(text) > max)
}

/**
 * Normalizes a text of at most `max` code points. Sorting a run of combining marks takes quadratic time, so a
 * text of unbounded length must never be normalized: tests/architecture allows `String.prototype.normalize` in
 * this file alone.
 *
 * @throws RangeError for a longer text, which callers reject beforehand with {@link isLongerThan}
 */
export function normalizeBounded(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD', max: number): string {
  if (isLongerThan(text, max)) throw new RangeError(`The text has more than ${max} characters.`)
  return text.normalize(form)
}

const chunkLength = 128
// Chunks end before ASCII and Han characters, which never combine with the characters before them; otherwise after `chunkLength`.
const beforeInert = String.raw`(?=(?!\p{M})[\p{ASCII}\p{sc=Han}]|$)`
const chunks = new RegExp(`[^]{1,${chunkLength}}${beforeInert}|[^]{1,${chunkLength}}`, 'gu')

/**
 * Normalizes a text of any length in linear time: in chunks of at most 128 code points. The result differs from
 * that of `String.prototype.normalize` only in longer runs of characters that are neither ASCII nor Han, where
 * a chunk separates a letter from its marks. Several kinds of such runs would take quadratic time: combining
 * marks (UAX 15, 13), characters that become combining marks (U+FF9E), and starters that compose with the
 * characters before them (U+16D67).
 */
export function normalizeLong(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string {
  return text.length <= chunkLength
    ? text.normalize(form)
    : text.replace(chunks, (chunk) => chunk.normalize(form))
}

/** Returns the first `max` code points of a text. */
export function firstCodePoints(text: string, max: number): string {
  if (text.length <= max) return text
  let count = 0
  let index = 0
  while (count < max && index < text.length) {
    const code = text.codePointAt(index) ?? 0
    index += code > 0xffff ? 2 : 1
    count++
  }
  return text.slice(0, index)
}

/**
 * Returns whether a text can be stored and displayed: it contains no NUL, which other programs read as its end,
 * and no lone surrogate, which UTF-8 cannot represent.
 */
export function isWellFormed(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
