import { badUserInput } from '../../platform/errors'
import type { Order } from '../graphql/pagination'
import { isLongerThan, normalizeLong } from '../../platform/text/text'

/** The texts of a thing that can be searched, by how much a word in them counts. */
export interface SearchText {
  /** Such as a title. */
  strong: string
  /** Such as tags. */
  medium: string
  /** Such as a body. */
  weak: string
}

/** Letters that stand for others and have no Unicode decomposition. */
const foldedLetters = new Map([
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['ł', 'l'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['þ', 'th'],
  ['ħ', 'h'],
  ['ŧ', 't'],
])

/**
 * One spelling for words that people take for the same: no case (ß is ss), no accents on Latin, Greek and Cyrillic
 * letters (é is e, ё is е), no vowel points in Arabic and Hebrew, compatibility forms unified (full width, ligatures),
 * no invisible characters. Marks of other scripts stay: there they make another word.
 */
function fold(text: string): string {
  // Upper case in between takes apart what lower case alone keeps, such as ß.
  const unified = normalizeLong(text, 'NFKC').toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
  const unmarked = normalizeLong(unified, 'NFD').replace(
    /[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670\p{Cf}]/gu,
    '',
  )
  return normalizeLong(unmarked, 'NFC').replace(
    /[æœøłđðþħŧ]/g,
    (letter) => foldedLetters.get(letter) ?? letter,
  )
}

// Apostrophes, hyphens, dots and all other signs part words: "l'eau" has the words l and eau.
const word = /(?:(?!ʼ)[\p{L}\p{N}\p{M}])+/gu
// Scripts that are not written with spaces between words, and Hangul, which hangs particles onto them.
const unspacedScripts =
  '[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Hang}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}ー]'
const part = new RegExp(`(?<unspaced>${unspacedScripts}+)|(?:(?!${unspacedScripts}).)+`, 'gu')

/**
 * The words of a text as they are stored for search, in their order and with repetitions.
 *
 * Where words are not parted by spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) they are single
 * characters and overlapping pairs, as in Lucene's CJK analyser. A dictionary (Intl.Segmenter) cuts one word
 * differently in different sentences, and then does not find it; it also changes from one Node to the next, and takes
 * seconds for 100,000 characters of Thai.
 */
export function tokenizeText(text: string): string[] {
  return partsOf(text).flatMap(({ text: each, unspaced }) => (unspaced ? singlesAndPairs(each) : [each]))
}

/** One word of a search. */
export interface SearchWord {
  /** What the index is asked for. */
  tokens: string[]
  /** What stands in a text's stored words, between spaces, where the word is in the text. */
  stored: string
}

/** The words that all have to be found for a search, each once. */
export function parseSearchWords(search: string): SearchWord[] {
  const words = new Map<string, SearchWord>()
  for (const { text, unspaced } of partsOf(search)) {
    const tokens = unspaced ? singlesAndPairs(text) : [text]
    const pairs = tokens.filter((token) => [...token].length > 1)
    words.set(text, { tokens: unspaced && pairs.length > 0 ? pairs : tokens, stored: tokens.join(' ') })
  }
  return [...words.values()]
}

/** A thing's texts made ready to be stored for search. */
export function toSearchText({ strong, medium, weak }: SearchText): SearchText {
  return { strong: joined(strong), medium: joined(medium), weak: joined(weak) }
}

function joined(text: string): string {
  return tokenizeText(text).join(' ')
}

function partsOf(text: string): { text: string; unspaced: boolean }[] {
  return Array.from(fold(text).matchAll(word), ([run]) =>
    Array.from(run.matchAll(part), (match) => {
      const unspaced = match.groups?.['unspaced'] !== undefined
      return { text: unspaced ? match[0] : withoutPlural(match[0]), unspaced }
    }),
  ).flat()
}

/**
 * Takes off the s by which English, French, Spanish, Portuguese and others make a plural (Harman's S stemmer, but for
 * the endings that are English alone). Real stemmers are for one language each: which one a search of one word is in
 * is a guess, and a wrong guess finds nothing.
 */
function withoutPlural(text: string): string {
  return /^[a-z]{2,}[^isu\W\d_]s$/.test(text) ? text.slice(0, -1) : text
}

/** `東京都`: 東, 東京, 京, 京都, 都. */
function singlesAndPairs(text: string): string[] {
  const characters = [...text]
  return characters.flatMap((character, index) => {
    const next = characters[index + 1]
    return next === undefined ? [character] : [character, character + next]
  })
}

const longestSearch = 200

/**
 * Hands a search on that is not too long.
 *
 * @param argument where it stands among the field's arguments
 * @throws BAD_USER_INPUT for more than 200 code points
 */
export function requireSearchLength(search: string, argument: readonly string[]): string {
  if (isLongerThan(search, longestSearch)) {
    throw badUserInput(`A search has at most ${longestSearch} characters.`, argument)
  }
  return search
}

/** The order of what a search finds: the best match first. `score` is in the row that is found, not in the document. */
export const relevanceOrder: Order = [
  { field: 'score', direction: -1, type: 'number' },
  { field: '_id', direction: -1, type: 'string' },
]
