import { splitIntoParts, toSinglesAndPairs } from './searchText'

/** One word or phrase of a search. */
export interface SearchWord {
  /** The tokens to look up in the index. */
  tokens: string[]
  /** The stored tokens, separated by spaces, of a text that contains the word or phrase. */
  stored: string
  /** Only of the last word: words that begin with it match as well. */
  prefix?: string
}

/** A parsed search. */
export interface ParsedSearch {
  /** A match contains all of them. */
  words: SearchWord[]
  /** A match contains none of them. */
  excluded: SearchWord[]
}

// A phrase in quotes, or characters without white space; with a minus in front, a match must not contain it.
const termPattern = /(?:(?<=^|\s)(?<minus>-)(?!-))?(?:"(?<phrase>[^"]*)(?:"|$)|(?<run>[^\s"]+))/gu

/** A shorter prefix would match too many words. In code points. */
const minPrefixLength = 2

/**
 * Parses a search: words, phrases in quotes, and both with a minus in front. The last word is a prefix unless white space or a
 * quote follows it.
 */
export function parseSearch(search: string): ParsedSearch {
  const text = search.replace(/[“”„‟«»＂]/gu, '"')
  const words = new Map<string, SearchWord>()
  const excluded = new Map<string, SearchWord>()
  for (const match of text.matchAll(termPattern)) {
    const { minus, phrase, run = '' } = match.groups ?? {}
    if (minus !== undefined || phrase !== undefined) {
      const word = toPhrase(phrase ?? run)
      if (word) (minus === undefined ? words : excluded).set(word.stored, word)
      continue
    }
    const isLast = match.index + match[0].length === text.length
    for (const word of toWords(run, isLast)) if (!words.has(word.stored)) words.set(word.stored, word)
  }
  return { words: [...words.values()], excluded: [...excluded.values()] }
}

type Part = ReturnType<typeof splitIntoParts>[number]

function toWord({ text, unspaced }: Part): SearchWord {
  const tokens = unspaced ? toSinglesAndPairs(text) : [text]
  const pairs = tokens.filter((token) => [...token].length > 1)
  return { tokens: unspaced && pairs.length > 0 ? pairs : tokens, stored: tokens.join(' ') }
}

/** Returns the words of a run. @param isLast whether its last word is a prefix */
function toWords(run: string, isLast: boolean): SearchWord[] {
  const parts = splitIntoParts(run)
  const words = parts.map(toWord)
  const [lastPart, lastWord] = [parts.at(-1), words.at(-1)]
  if (!isLast || !lastPart || !lastWord || lastPart.unspaced) return words
  const prefix = lastPart.spelled
  return [...prefix].length < minPrefixLength ? words : [...words.slice(0, -1), { ...lastWord, prefix }]
}

/** Returns a word that matches consecutive words; undefined without any. */
function toPhrase(text: string): SearchWord | undefined {
  const words = splitIntoParts(text).map(toWord)
  if (words.length === 0) return undefined
  return {
    tokens: words.flatMap(({ tokens }) => tokens),
    stored: words.map(({ stored }) => stored).join(' '),
  }
}
