import { listBeginnings, parseNameSearch, splitName } from '../../../packages/subgraph-kit/input'
import type { Order } from '../../../packages/subgraph-kit/pagination'
import { foldHandle } from './handles'

/**
 * How well a user matches a searched word, best first: its handle begins with it, a word of its handle or name is equal
 * to it, or such a word begins with it.
 */
const matchRanks = ['handle', 'word', 'beginning'] as const
type MatchRank = (typeof matchRanks)[number]

/** The number of ranks, which are 0 to this number less one. */
export const matchRankCount = matchRanks.length

/** Returns the stored token of a text at a rank: users that match with a rank are found by equality. */
export const toSearchToken = (rank: number, text: string): string => `${rank}${text}`

/** The order of search results: the best match first, then by handle, so that an equal handle comes before longer ones. */
export const userSearchOrder: Order = [
  { field: 'rank', direction: 1, type: 'number' },
  { field: 'handle', direction: 1, type: 'string' },
]

/**
 * Returns the tokens by which a user is found. Each text has one token, that of its best rank, so that no user is found
 * twice. At most a few hundred, since a handle has 30 and a name 80 characters.
 */
export function listSearchTokens({ handle, displayName }: { handle: string; displayName: string }): string[] {
  const ranks = new Map<string, MatchRank>()
  const add = (text: string, rank: MatchRank) => {
    if (!ranks.has(text)) ranks.set(text, rank)
  }
  for (const text of listBeginnings(handle)) add(text, 'handle')
  const words = [...splitName(handle), ...splitName(displayName)]
  for (const word of words) add(word, 'word')
  for (const word of words) for (const text of listBeginnings(word)) add(text, 'beginning')
  return Array.from(ranks, ([text, rank]) => toSearchToken(matchRanks.indexOf(rank), text))
}

/**
 * Returns the words of a search for users, the longest first: a match has a token of each. A search with `_` is for a
 * handle. Empty for a search without letters and digits.
 */
export function parseUserSearch(query: string): string[] {
  const text = query.trim().replace(/^@/, '')
  if (/^\w{1,30}$/.test(text) && text.includes('_')) return [foldHandle(text)]
  return parseNameSearch(text).sort((a, b) => b.length - a.length)
}
