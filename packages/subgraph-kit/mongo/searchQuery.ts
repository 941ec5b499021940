import type { Model, PipelineStage, QueryFilter } from 'mongoose'

import { buildPageFilter, buildPageSort } from './keysetPages'
import type { Page } from '../pagination'
import { parseSearch, type ParsedSearch, type SearchWord } from '../search/parseSearch'
import { relevanceOrder } from '../search/searchText'
import { searchedFields } from './textIndex'

/**
 * How many documents one search examines: the best matches of its rarest word; as many again if that is a prefix, of those
 * that have only longer words. The database scans the text index of a word from its best match and stops there, which it can
 * do only without a text score. See docs/decisions/0006-search-candidates.md.
 */
const maxCandidates = 1000

/** How many words, the longest, are counted to find the rarest one; the score is computed from the same words. */
const maxRankedWords = 4

/** A token to look up in the text index, and the prefix of other tokens to look up in the index of tokens. */
type Lookup = { token: string; prefix?: string | undefined }

interface Search extends ParsedSearch {
  /** That of the rarest word. Its words are sorted, longest first. */
  lookup: Lookup
  /** How many documents each of its indexes finds, counted up to one more than {@link maxCandidates}. */
  counts: readonly number[]
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
    ...buildCandidateStages(model, search, filter),
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
  if (search.counts.some((count) => count > maxCandidates)) return null
  const [counted] = await model.aggregate<{ count: number }>([
    ...buildCandidateStages(model, search, filter),
    { $count: 'count' },
  ] as PipelineStage[])
  return counted?.count ?? 0
}

/**
 * Finds the rarest word of a search.
 *
 * @param isCounted whether the count is needed even when there is only one word
 * @returns undefined when the search contains no word that may match, or one that no document contains
 */
async function prepareSearch<Document>(
  model: Model<Document>,
  text: string,
  { isCounted }: { isCounted: boolean },
): Promise<Search | undefined> {
  const { words, excluded } = parseSearch(text)
  words.sort((a, b) => b.stored.length - a.stored.length)
  const lookups = new Map<string, Lookup>()
  for (const { tokens, prefix } of words)
    for (const token of tokens) if (!lookups.has(token)) lookups.set(token, { token, prefix })
  const ranked = [...lookups.values()]
    .sort((a, b) => b.token.length - a.token.length)
    .slice(0, maxRankedWords)
  const [only] = ranked
  if (only === undefined) return undefined
  if (ranked.length === 1 && !isCounted) return { words, excluded, lookup: only, counts: [] }
  const counted = await countDocumentsByToken(model, ranked)
  const found = ranked.map((lookup) => ({ lookup, counts: counted.get(lookup.token) ?? [] }))
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  const [rarest] = found.sort((a, b) => sum(a.counts) - sum(b.counts))
  return rarest && rarest.counts.length > 0 ? { words, excluded, ...rarest } : undefined
}

const matchToken = (token: string) => ({ $match: { $text: { $search: token } } })

/** Matches documents with longer tokens, but without the token itself, which the text index finds. */
function buildLongerTokenStages({ token, prefix = '' }: Lookup): object[] {
  const above = prefix === token ? { $gt: prefix } : { $gte: prefix }
  return [
    { $match: { 'search.tokens': { $elemMatch: { ...above, $lt: `${prefix}\u{10ffff}` } } } },
    { $limit: maxCandidates + 1 },
    { $match: { 'search.tokens': { $ne: token } } },
  ]
}

/**
 * Returns how many documents contain each token, and how many others a longer token with its prefix, up to one more than {@link
 * maxCandidates}; no entry for none.
 */
async function countDocumentsByToken<Document>(
  model: Model<Document>,
  lookups: readonly Lookup[],
): Promise<Map<string, number[]>> {
  const [first = [], ...others] = lookups.flatMap((lookup) => {
    const { token, prefix } = lookup
    const count = [
      { $group: { _id: null, count: { $sum: 1 } } },
      { $project: { _id: 0, token: { $literal: token }, count: 1 } },
    ]
    const exact = [matchToken(token), { $limit: maxCandidates + 1 }, ...count]
    return prefix === undefined ? [exact] : [exact, [...buildLongerTokenStages(lookup), ...count]]
  })
  const coll = model.collection.collectionName
  const counted = await model.aggregate<{ token: string; count: number }>([
    ...first,
    ...others.map((pipeline) => ({ $unionWith: { coll, pipeline } })),
  ] as PipelineStage[])
  const byToken = new Map<string, number[]>()
  for (const { token, count } of counted) byToken.set(token, [...(byToken.get(token) ?? []), count])
  return byToken
}

function buildCandidateStages<Document>(
  model: Model<Document>,
  { words, excluded, lookup }: Search,
  filter: QueryFilter<unknown>,
): object[] {
  // The index lookup has matched a word that is one token.
  const others = words.filter(({ stored }) => stored !== lookup.token)
  const isMatch = {
    $match: {
      $and: [filter, ...others.map(buildWordFilter)],
      ...(excluded.length > 0 && { $nor: excluded.map(buildWordFilter) }),
    },
  }
  const exact = [matchToken(lookup.token), { $limit: maxCandidates }, isMatch]
  if (lookup.prefix === undefined) return exact
  const coll = model.collection.collectionName
  return [...exact, { $unionWith: { coll, pipeline: [...buildLongerTokenStages(lookup), isMatch] } }]
}

// Words consist of letters, digits and marks, none of which is special in a regular expression.
const toWordPattern = ({ stored, prefix }: SearchWord): string =>
  prefix === undefined ? `(?:^| )${stored}(?= |$)` : `(?:^| )(?:${stored}(?= |$)|${prefix})`

const buildWordFilter = (word: SearchWord): object => ({
  $or: searchedFields.map(([field]) => ({ [field]: { $regex: toWordPattern(word) } })),
})

/**
 * Returns the expression of the score: the sum over words and fields of the field's weight times n / (n + 1 +
 * k), where the field contains the word n times and has k thousand bytes. A repetition counts less than the
 * first occurrence, and a word counts less in a long text, as in BM25 (Robertson and Zaragoza 2009). A word with the prefix
 * counts half of the whole word.
 */
function buildScore(words: readonly SearchWord[]): object {
  const scores = searchedFields.map(([field, weight]) => {
    const input = { $ifNull: [`$${field}`, ''] }
    const saturation = { $add: [1, { $divide: [{ $strLenBytes: input }, 1000] }] }
    const saturate = (count: object, factor: number) => ({
      $let: {
        vars: { n: count },
        in: { $multiply: [weight * factor, { $divide: ['$$n', { $add: ['$$n', '$$saturation'] }] }] },
      },
    })
    const wordScores = words.slice(0, maxRankedWords).flatMap(({ stored, prefix }) => {
      const whole = buildCount('$$spaced', ` ${stored.replaceAll(' ', '  ')} `)
      if (prefix === undefined) return [saturate(whole, 1)]
      return [saturate(whole, 0.5), saturate(buildCount('$$spaced', ` ${prefix}`), 0.5)]
    })
    return { $let: { vars: { spaced: doubleSpaces(input), saturation }, in: { $add: wordScores } } }
  })
  return { $add: scores }
}

/** Surrounds each word with two spaces of its own, so that adjacent matches do not share a space. */
const doubleSpaces = (input: object): object => ({
  $concat: [' ', { $replaceAll: { input, find: ' ', replacement: '  ' } }, ' '],
})

/**
 * Counts a text by the length that its removal saves, in linear time: `$regexFindAll` takes quadratic time in a
 * repetitive text.
 */
function buildCount(spaced: string, find: string): object {
  const rest = { $replaceAll: { input: spaced, find, replacement: '' } }
  const removed = { $subtract: [{ $strLenBytes: spaced }, { $strLenBytes: rest }] }
  return { $divide: [removed, Buffer.byteLength(find)] }
}
