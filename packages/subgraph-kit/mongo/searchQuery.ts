import type { Model, PipelineStage, QueryFilter } from 'mongoose'

import { buildPageFilter, buildPageSort } from './keysetPages'
import type { Page } from '../pagination'
import { relevanceOrder, parseSearchWords, type SearchWord } from '../search/searchText'
import { searchedFields } from './textIndex'

/**
 * How many documents one search examines: the best matches of its rarest word. The database scans the text
 * index of a word from its best match and stops there, which it can do only without a text score. See
 * docs/decisions/0006-search-candidates.md.
 */
const maxCandidates = 1000

/** How many words, the longest, are counted to find the rarest one; the score is computed from the same words. */
const maxRankedWords = 4

interface Search {
  /** Longest first. */
  words: readonly SearchWord[]
  /** The token to look up in the index. */
  token: string
  /** How many documents contain it, counted up to one more than {@link maxCandidates}. */
  count: number
}

/**
 * Returns one page of the documents that contain all words of a search, in any field, and match a filter. In
 * {@link relevanceOrder} each has its score.
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
    ...buildCandidateStages(search, filter),
    ...(isRanked ? [{ $addFields: { score: buildScore(search.words) } }] : []),
    { $match: buildPageFilter<Row>(page) },
    { $sort: buildPageSort(page) },
    { $limit: page.limit + 1 },
    { $unset: 'search' },
  ] as PipelineStage[])
}

/** Returns how many documents match; null when there are more candidates than one search examines. */
export async function countMatchingDocuments<Document>(
  model: Model<Document>,
  text: string,
  filter: QueryFilter<Document>,
): Promise<number | null> {
  const search = await prepareSearch(model, text, { isCounted: true })
  if (!search) return 0
  if (search.count > maxCandidates) return null
  const [counted] = await model.aggregate<{ count: number }>([
    ...buildCandidateStages(search, filter),
    { $count: 'count' },
  ] as PipelineStage[])
  return counted?.count ?? 0
}

/**
 * Finds the rarest word of a search.
 *
 * @param isCounted whether the count is needed even when there is only one word
 * @returns undefined when the search contains no word, or a word that no document contains
 */
async function prepareSearch<Document>(
  model: Model<Document>,
  text: string,
  { isCounted }: { isCounted: boolean },
): Promise<Search | undefined> {
  const words = parseSearchWords(text).sort((a, b) => b.stored.length - a.stored.length)
  const tokens = words.flatMap((word) => word.tokens).sort((a, b) => b.length - a.length)
  const ranked = [...new Set(tokens)].slice(0, maxRankedWords)
  const [only] = ranked
  if (only === undefined) return undefined
  if (ranked.length === 1 && !isCounted) return { words, token: only, count: 1 }
  const counts = await countDocumentsByToken(model, ranked)
  const [rarest] = counts.sort((a, b) => a.count - b.count)
  return rarest && counts.length === ranked.length ? { words, ...rarest } : undefined
}

/** Returns how many documents contain each token, up to one more than {@link maxCandidates}; no entry for none. */
async function countDocumentsByToken<Document>(
  model: Model<Document>,
  tokens: readonly string[],
): Promise<{ token: string; count: number }[]> {
  const [first = [], ...others] = tokens.map((token) => [
    { $match: { $text: { $search: token } } },
    { $limit: maxCandidates + 1 },
    { $group: { _id: null, count: { $sum: 1 } } },
    { $project: { _id: 0, token: { $literal: token }, count: 1 } },
  ])
  const coll = model.collection.collectionName
  return model.aggregate<{ token: string; count: number }>([
    ...first,
    ...others.map((pipeline) => ({ $unionWith: { coll, pipeline } })),
  ] as PipelineStage[])
}

function buildCandidateStages({ words, token }: Search, filter: QueryFilter<unknown>): object[] {
  // The index lookup has matched a word that is one token.
  const others = words.filter(({ stored }) => stored !== token)
  return [
    { $match: { $text: { $search: token } } },
    { $limit: maxCandidates },
    { $match: { $and: [filter, ...others.map(buildWordFilter)] } },
  ]
}

// Words consist of letters, digits and marks, none of which is special in a regular expression.
const toWordPattern = ({ stored }: SearchWord): string => `(?:^| )${stored}(?= |$)`

const buildWordFilter = (word: SearchWord): object => ({
  $or: searchedFields.map(([field]) => ({ [field]: { $regex: toWordPattern(word) } })),
})

/**
 * Returns the expression of the score: the sum over words and fields of the field's weight times n / (n + 1 +
 * k), where the field contains the word n times and has k thousand bytes. A repetition counts less than the
 * first occurrence, and a word counts less in a long text, as in BM25 (Robertson and Zaragoza 2009).
 */
function buildScore(words: readonly SearchWord[]): object {
  const scores = searchedFields.map(([field, weight]) => {
    const input = { $ifNull: [`$${field}`, ''] }
    const saturation = { $add: [1, { $divide: [{ $strLenBytes: input }, 1000] }] }
    const wordScores = words.slice(0, maxRankedWords).map((word) => ({
      $let: {
        vars: { n: buildWordCount('$$spaced', word) },
        in: { $multiply: [weight, { $divide: ['$$n', { $add: ['$$n', '$$saturation'] }] }] },
      },
    }))
    return { $let: { vars: { spaced: doubleSpaces(input), saturation }, in: { $add: wordScores } } }
  })
  return { $add: scores }
}

/** Surrounds each word with two spaces of its own, so that adjacent matches do not share a space. */
const doubleSpaces = (input: object): object => ({
  $concat: [' ', { $replaceAll: { input, find: ' ', replacement: '  ' } }, ' '],
})

/**
 * Counts a word by the length that its removal saves, in linear time: `$regexFindAll` takes quadratic time in a
 * repetitive text.
 */
function buildWordCount(spaced: string, { stored }: SearchWord): object {
  const find = ` ${stored.replaceAll(' ', '  ')} `
  const rest = { $replaceAll: { input: spaced, find, replacement: '' } }
  const removed = { $subtract: [{ $strLenBytes: spaced }, { $strLenBytes: rest }] }
  return { $divide: [removed, Buffer.byteLength(find)] }
}
