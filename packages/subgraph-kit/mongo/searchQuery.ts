import type { Model, PipelineStage, QueryFilter } from 'mongoose'

import { buildPageFilter, buildPageSort } from './keysetPages'
import type { Page } from '../graphql/pagination'
import { relevanceOrder, parseSearchWords, type SearchWord } from '../search/searchText'
import { searchedFields } from './textIndex'

/**
 * How many documents one search examines: the best matches of its rarest word. The database walks a word in the text index
 * from the best match on and stops there, which it can do only without a text score. See docs/decisions/0006-search-candidates.md.
 */
const searchCandidates = 1000

/** How many words, the longest, are counted to find the rarest one; the score is computed from the same ones. */
const rankedWords = 4

interface Search {
  /** Longest first. */
  words: readonly SearchWord[]
  /** The token that is looked up in the index. */
  token: string
  /** How many documents have it, counted up to one more than there may be candidates. */
  count: number
}

/**
 * Returns one page of the documents that have all words of a search, wherever they stand, and satisfy a filter. In
 * `relevanceOrder` each has its score.
 */
export async function findMatchingPage<Document, Row extends Document = Document>(
  model: Model<Document>,
  text: string,
  filter: QueryFilter<Document>,
  page: Page,
): Promise<Row[]> {
  const search = await prepareSearch(model, text, { isCounted: false })
  if (!search) return []
  const isRanked = page.order === relevanceOrder
  return model.aggregate<Row>([
    ...candidates(search, filter),
    ...(isRanked ? [{ $addFields: { score: scoreOf(search.words) } }] : []),
    { $match: buildPageFilter<Row>(page) },
    { $sort: buildPageSort(page) },
    { $limit: page.limit + 1 },
    { $unset: 'search' },
  ] as PipelineStage[])
}

/** Returns how many documents match; null where only the best of too many are examined. */
export async function countMatchingDocuments<Document>(
  model: Model<Document>,
  text: string,
  filter: QueryFilter<Document>,
): Promise<number | null> {
  const search = await prepareSearch(model, text, { isCounted: true })
  if (!search) return 0
  if (search.count > searchCandidates) return null
  const [counted] = await model.aggregate<{ count: number }>([
    ...candidates(search, filter),
    { $count: 'count' },
  ] as PipelineStage[])
  return counted?.count ?? 0
}

/**
 * Finds the rarest word of a search.
 *
 * @param isCounted whether the count is needed where there is no choice of words
 * @returns undefined when the search has no word, or a word that no document has
 */
async function prepareSearch<Document>(
  model: Model<Document>,
  text: string,
  { isCounted }: { isCounted: boolean },
): Promise<Search | undefined> {
  const words = parseSearchWords(text).sort((a, b) => b.stored.length - a.stored.length)
  const tokens = words.flatMap((word) => word.tokens).sort((a, b) => b.length - a.length)
  const ranked = [...new Set(tokens)].slice(0, rankedWords)
  const [only] = ranked
  if (only === undefined) return undefined
  if (ranked.length === 1 && !isCounted) return { words, token: only, count: 1 }
  const counts = await countDocumentsByToken(model, ranked)
  const [rarest] = counts.sort((a, b) => a.count - b.count)
  return rarest && counts.length === ranked.length ? { words, ...rarest } : undefined
}

/** Returns how many documents have each token, up to one more than there may be candidates; none has no entry. */
async function countDocumentsByToken<Document>(
  model: Model<Document>,
  tokens: readonly string[],
): Promise<{ token: string; count: number }[]> {
  const [first = [], ...others] = tokens.map((token) => [
    { $match: { $text: { $search: token } } },
    { $limit: searchCandidates + 1 },
    { $group: { _id: null, count: { $sum: 1 } } },
    { $project: { _id: 0, token: { $literal: token }, count: 1 } },
  ])
  const coll = model.collection.collectionName
  return model.aggregate<{ token: string; count: number }>([
    ...first,
    ...others.map((pipeline) => ({ $unionWith: { coll, pipeline } })),
  ] as PipelineStage[])
}

function candidates({ words, token }: Search, filter: QueryFilter<unknown>): object[] {
  // The index lookup has checked a word that is one token.
  const others = words.filter(({ stored }) => stored !== token)
  return [
    { $match: { $text: { $search: token } } },
    { $limit: searchCandidates },
    { $match: { $and: [filter, ...others.map(isIn)] } },
  ]
}

// Words are letters, digits and marks, none of which is special in a regular expression.
const wordPattern = ({ stored }: SearchWord): string => `(?:^| )${stored}(?= |$)`

const isIn = (word: SearchWord): object => ({
  $or: searchedFields.map(([field]) => ({ [field]: { $regex: wordPattern(word) } })),
})

/**
 * For each word and field the field's weight, times n / (n + 1 + k): n is how often the word is in the field, k how many
 * thousand bytes the field has. So a repetition counts less than the first time, and a word counts less in a long text, as in
 * BM25 (Robertson and Zaragoza 2009).
 */
function scoreOf(words: readonly SearchWord[]): object {
  const scores = searchedFields.map(([field, weight]) => {
    const input = { $ifNull: [`$${field}`, ''] }
    const saturation = { $add: [1, { $divide: [{ $strLenBytes: input }, 1000] }] }
    const wordScores = words.slice(0, rankedWords).map((word) => ({
      $let: {
        vars: { n: countIn('$$spaced', word) },
        in: { $multiply: [weight, { $divide: ['$$n', { $add: ['$$n', '$$saturation'] }] }] },
      },
    }))
    return { $let: { vars: { spaced: spacedOut(input), saturation }, in: { $add: wordScores } } }
  })
  return { $add: scores }
}

/** Puts each word between two spaces of its own, so that matches next to one another do not share one. */
const spacedOut = (input: object): object => ({
  $concat: [' ', { $replaceAll: { input, find: ' ', replacement: '  ' } }, ' '],
})

/** Counts a word by what its removal leaves, in linear time: `$regexFindAll` takes quadratic time in a text that repeats it. */
function countIn(spaced: string, { stored }: SearchWord): object {
  const find = ` ${stored.replaceAll(' ', '  ')} `
  const rest = { $replaceAll: { input: spaced, find, replacement: '' } }
  const removed = { $subtract: [{ $strLenBytes: spaced }, { $strLenBytes: rest }] }
  return { $divide: [removed, Buffer.byteLength(find)] }
}
