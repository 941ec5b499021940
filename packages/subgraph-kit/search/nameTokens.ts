import { firstCodePoints } from '../../platform'
import { foldSpelling, wordPattern } from './searchText'

/** In code points. Names rarely have longer words. */
const maxWordLength = 30
const maxUnspacedLength = 4
const unspaced = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u

/** Returns the words of a name, in any script, in the spelling by which names are found: without case and accents. */
export function splitName(name: string): string[] {
  return Array.from(foldSpelling(name).matchAll(wordPattern), ([word]) =>
    firstCodePoints(word, maxWordLength),
  )
}

/**
 * Returns the words of a search for names, of which the last may be incomplete. Of a word in a script without spaces
 * between words, the first 4 characters are searched for.
 */
export function parseNameSearch(search: string): string[] {
  const words = splitName(search).map((word) =>
    unspaced.test(word) ? firstCodePoints(word, maxUnspacedLength) : word,
  )
  return [...new Set(words)]
}

/**
 * Returns the texts by which a word is found while it is being typed: all its beginnings. In a script without spaces
 * between words, they may begin at any character and have at most 4 characters.
 */
export function listBeginnings(word: string): string[] {
  const characters = [...word]
  const listFrom = (start: number, end: number) =>
    characters.slice(start, end).map((_, index) => characters.slice(start, start + index + 1).join(''))
  return unspaced.test(word)
    ? characters.flatMap((_, start) => listFrom(start, start + maxUnspacedLength))
    : listFrom(0, characters.length)
}
