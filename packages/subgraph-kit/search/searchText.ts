import { badUserInput, firstCodePoints, isLongerThan, normalizeLong } from '../../platform'
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
function foldSpelling(text: string): string {
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
const wordPattern = /(?:(?!ʼ)[\p{L}\p{N}\p{M}])+/gu
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

/** Texts as they are stored for search. */
export interface IndexedText extends SearchText {
  /** The distinct tokens of the texts, of `weak` only the first {@link maxWeakTokens}: for the prefixes of words. */
  tokens: string[]
}

/** How many tokens of a long text are indexed for prefixes, which bounds the keys of a document in the index. */
export const maxWeakTokens = 3000

/** Tokenizes the texts of an entity for storage. */
export function toSearchText(texts: SearchText): IndexedText {
  const [strong, medium, weak] = [texts.strong, texts.medium, texts.weak].map(tokenizeText)
  const tokens = new Set([...(strong ?? []), ...(medium ?? []), ...(weak ?? []).slice(0, maxWeakTokens)])
  const joinTokens = (each: readonly string[] | undefined) => (each ?? []).join(' ')
  return {
    strong: joinTokens(strong),
    medium: joinTokens(medium),
    weak: joinTokens(weak),
    tokens: [...tokens],
  }
}

/** A part of a text in one kind of script. */
interface TextPart {
  /** Without the plural s. */
  text: string
  /** As it is spelled, folded. */
  spelled: string
  unspaced: boolean
}

/** Splits a text into its words, and those of unspaced scripts from others. */
export function splitIntoParts(text: string): TextPart[] {
  return Array.from(spellSigns(foldSpelling(text)).matchAll(wordPattern), ([run]) =>
    Array.from(run.matchAll(partPattern), (match) => {
      const [part] = match
      const spelled = firstCodePoints(part, maxTokenLength)
      const unspaced = match.groups?.['unspaced'] !== undefined
      return unspaced
        ? { text: part, spelled: part, unspaced }
        : { text: removePlural(spelled), spelled, unspaced }
    }),
  ).flat()
}

/** Longer words are cut, so that no text makes a key of any length in an index. */
const maxTokenLength = 100

/**
 * Spells the signs in names such as C++ and C#, which otherwise separate words: `cplusplus`, `csharp`. The index of the database
 * has words of letters and digits alone.
 */
function spellSigns(folded: string): string {
  return folded
    .replace(/(?<=[\p{L}\p{N}\p{M}])\+\+(?!\+)/gu, 'plusplus ')
    .replace(/(?<![\p{L}\p{N}\p{M}])([a-z]{1,2})[#♯](?![\p{L}\p{N}\p{M}#])/gu, '$1sharp')
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
export function toSinglesAndPairs(text: string): string[] {
  const characters = [...text]
  return characters.flatMap((character, index) => {
    const next = characters[index + 1]
    return next === undefined ? [character] : [character, character + next]
  })
}

const maxSearchLength = 200

/**
 * Reads a search of at most 200 code points.
 *
 * @param argument its path among the field's arguments
 * @returns undefined for a blank one, which counts as absent
 * @throws BAD_USER_INPUT for a longer one
 */
export function readSearch(search: string, argument: readonly string[]): string | undefined {
  if (isLongerThan(search, maxSearchLength)) {
    throw badUserInput(`A search has at most ${maxSearchLength} characters.`, argument)
  }
  return /^[\s\p{Cf}]*$/u.test(search) ? undefined : search
}

/** Orders search results: the best match first. `score` is computed by the search, and not stored. */
export const relevanceOrder: Order = [
  { field: 'score', direction: -1, type: 'number' },
  { field: '_id', direction: -1, type: 'string' },
]
