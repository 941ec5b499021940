/** The name of the rule in messages. */
export const refusedCharactersDescription =
  'control characters (tab and line break aside) or the direction controls U+202A to U+202E'

const refusedCharacters = /(?![\t\n])[\p{Cc}\u202a-\u202e]/gu

/**
 * Returns the first character of a text that names and texts must not contain, as `U+202E`; undefined if there is none.
 *
 * Refused are control characters except tab and line feed, and embeddings and overrides of the direction (UAX 9), with
 * which a text can change how the text around it is displayed. Directional marks and isolates are allowed: right-to-left
 * texts need them, and their effect ends with the paragraph or the isolate.
 */
export function findRefusedCharacter(text: string): string | undefined {
  const index = text.search(refusedCharacters)
  if (index < 0) return undefined
  return `U+${text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')}`
}

/** Removes the characters that {@link findRefusedCharacter} finds. */
export function removeRefusedCharacters(text: string): string {
  return text.replace(refusedCharacters, '')
}

/** Returns whether a text without refused characters has neither tabs nor line breaks. */
export const isOneLine = (text: string): boolean => !/[\t\n\u2028\u2029]/.test(text)

/** Converts the line breaks CR LF and CR to LF. */
export function unifyLineBreaks(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

// Cc and Cf, and the letters and marks that are displayed as nothing or as a space: fillers of Hangul, variation selectors, the
// grapheme joiner (Default_Ignorable_Code_Point, UAX 44), the empty Braille pattern.
const visibleCharacter = /(?!\u2800)[^\s\p{Cc}\p{Cf}\p{DI}]/u

/** Returns whether a text is displayed as nothing: it is empty without white space and invisible characters. */
export function isBlank(text: string): boolean {
  return !visibleCharacter.test(text)
}

const joiningLetter =
  String.raw`(?![\p{scx=Latn}\p{scx=Grek}\p{scx=Cyrl}\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Zinh}\p{sc=Zyyy}])` +
  String.raw`[\p{L}\p{M}]`
const invisibleCharacters = new RegExp(
  [
    // Flags of regions, such as that of Scotland, are a black flag and invisible tag characters.
    String.raw`(?<!\u{1f3f4}[\u{e0020}-\u{e007f}]*)[\u{e0020}-\u{e007f}]`,
    String.raw`(?![\u200c\u200d\u{e0020}-\u{e007f}])[\p{Cf}\p{DI}\u2800]`,
  ].join('|'),
  'gu',
)
const ineffectiveJoiners = new RegExp(
  String.raw`(?<!${joiningLetter})\u200c|\u200c(?!${joiningLetter})|` +
    String.raw`(?<!${joiningLetter}|[\p{ExtPict}\p{EMod}])\u200d|\u200d(?!${joiningLetter}|\p{ExtPict})`,
  'gu',
)

/**
 * Removes the invisible characters of a short text, so that texts which look alike become equal. Keeps joiners (ZWJ, ZWNJ)
 * between letters of scripts in which they change the shape of words, such as Persian and Hindi, and within emoji.
 */
export function removeInvisibleCharacters(text: string): string {
  return text.replace(invisibleCharacters, '').replace(ineffectiveJoiners, '')
}
