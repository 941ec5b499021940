import { badUserInput, isLongerThan, normalizeLong } from '../../platform'
import type { Order } from '../pagination'

/** The searchable texts of an entity, by the weight of their words. */
export interface SearchText {
  /** For example a title. */
  strong: string
  /** For example tags. */
  medium: string
  /** For example a body. */
  weak: string
}

/** Letters with an ASCII equivalent but without a Unicode decomposition. */
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
 * Folds spellings that people consider equal: no case (ß is ss), no accents on Latin, Greek and Cyrillic
 * letters (é is e, ё is е), no vowel points in Arabic and Hebrew, compatibility forms unified (full width,
 * ligatures), no invisible characters. Marks of other scripts stay, since they distinguish words.
 */
export function foldSpelling(text: string): string {
  // Upper case in between expands letters that lower case keeps, such as ß.
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

// Apostrophes, hyphens, dots and all other signs separate words: "l'eau" has the words l and eau.
export const wordPattern = /(?:(?!ʼ)[\p{L}\p{N}\p{M}])+/gu
// Scripts without spaces between words, and Hangul, whose words have particles attached.
const unspacedScripts =
  '[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Hang}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}ー]'
const partPattern = new RegExp(`(?<unspaced>${unspacedScripts}+)|(?:(?!${unspacedScripts}).)+`, 'gu')

/**
 * Returns the tokens of a text as they are stored for search, in their order and with repetitions.
 *
 * In scripts without spaces between words (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) the tokens are
 * single characters and overlapping pairs, as in Lucene's CJK analyzer. A dictionary (Intl.Segmenter) splits
 * the same word differently in different sentences, so that a search misses it; it also differs between
 * versions of Node, and takes seconds for 100,000 characters of Thai.
 */
export function tokenizeText(text: string): string[] {
  return splitIntoParts(text).flatMap(({ text: each, unspaced }) =>
    unspaced ? toSinglesAndPairs(each) : [each],
  )
}

/** One word of a search. */
export interface SearchWord {
  /** The tokens to look up in the index. */
  tokens: string[]
  /** The stored tokens, separated by spaces, of a text that contains the word. */
  stored: string
}

/** Returns the words of a search without duplicates. A match contains all of them. */
export function parseSearchWords(search: string): SearchWord[] {
  const words = new Map<string, SearchWord>()
  for (const { text, unspaced } of splitIntoParts(search)) {
    const tokens = unspaced ? toSinglesAndPairs(text) : [text]
    const pairs = tokens.filter((token) => [...token].length > 1)
    words.set(text, { tokens: unspaced && pairs.length > 0 ? pairs : tokens, stored: tokens.join(' ') })
  }
  return [...words.values()]
}

/** Tokenizes the texts of an entity for storage. */
export function toSearchText({ strong, medium, weak }: SearchText): SearchText {
  return { strong: joinTokens(strong), medium: joinTokens(medium), weak: joinTokens(weak) }
}

function joinTokens(text: string): string {
  return tokenizeText(text).join(' ')
}

function splitIntoParts(text: string): { text: string; unspaced: boolean }[] {
  return Array.from(foldSpelling(text).matchAll(wordPattern), ([run]) =>
    Array.from(run.matchAll(partPattern), (match) => {
      const unspaced = match.groups?.['unspaced'] !== undefined
      return { text: unspaced ? match[0] : removePlural(match[0]), unspaced }
    }),
  ).flat()
}

/**
 * Removes the plural s of English, French, Spanish, Portuguese and others (Harman's S stemmer without the
 * endings that only English has). Real stemmers support one language each, and the language of a one-word
 * search is a guess: a wrong one finds nothing.
 */
function removePlural(text: string): string {
  return /^[a-z]{2,}[^isu\W\d_]s$/.test(text) ? text.slice(0, -1) : text
}

/** Returns single characters and overlapping pairs: for `東京都`, 東, 東京, 京, 京都, 都. */
function toSinglesAndPairs(text: string): string[] {
  const characters = [...text]
  return characters.flatMap((character, index) => {
    const next = characters[index + 1]
    return next === undefined ? [character] : [character, character + next]
  })
}

const maxSearchLength = 200

/**
 * Returns a search of at most 200 code points.
 *
 * @param argument its path among the field's arguments
 * @throws BAD_USER_INPUT for a longer one
 */
export function requireSearchLength(search: string, argument: readonly string[]): string {
  if (isLongerThan(search, maxSearchLength)) {
    throw badUserInput(`A search has at most ${maxSearchLength} characters.`, argument)
  }
  return search
}

/** Orders search results: the best match first. `score` is computed by the search, and not stored. */
export const relevanceOrder: Order = [
  { field: 'score', direction: -1, type: 'number' },
  { field: '_id', direction: -1, type: 'string' },
]
