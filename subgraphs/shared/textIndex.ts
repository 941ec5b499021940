import {
  Schema,
  type IndexDefinition,
  type IndexOptions,
  type Model,
  type PipelineStage,
  type QueryFilter,
} from 'mongoose'

import { pageFilter, pageSort } from './keyset'
import type { Page } from './pagination'
import { searchedWords, type SearchText } from './search'

/**
 * The field `search` of a searchable document, not read with it: what `toSearchText` makes. MongoDB's own stemming
 * takes a whole document to be of one language and a query too, and knows neither Chinese nor Japanese; so the words
 * are made by us, and the index (`default_language: 'none'`) takes them as they are.
 */
export const searchField = {
  type: new Schema<SearchText>({ strong: String, medium: String, weak: String }, { _id: false }),
  select: false,
}

/** The index for {@link searchField}, for `schema.index(...searchIndex)`. */
export const searchIndex: [IndexDefinition, IndexOptions] = [
  { 'search.strong': 'text', 'search.medium': 'text', 'search.weak': 'text' },
  {
    name: 'search',
    weights: { 'search.strong': 10, 'search.medium': 5, 'search.weak': 1 },
    default_language: 'none',
    // No field of a document names its language.
    language_override: 'searchLanguage',
  },
]

/**
 * What a document must satisfy to be found: it has all words of the search, wherever they stand. Not for use within
 * `$or`, nor twice in one filter.
 *
 * @returns undefined when there is not one word in it, so that nothing can be found
 */
export function searchFilter<Document>(search: string): QueryFilter<Document> | undefined {
  const words = searchedWords(search)
  if (words.length === 0) return undefined
  const tokens = [...new Set(words.flatMap((word) => word.tokens))]
  const found = { $text: { $search: tokens.join(' ') } }
  if (tokens.length === 1) return found as QueryFilter<Document>
  // $text alone is content with any one of the tokens. Words are letters, digits and marks: none means anything else
  // in a regular expression.
  const all = words.map(({ stored }) => {
    const whole = { $regex: `(?:^| )${stored}(?: |$)` }
    return { $or: [{ 'search.strong': whole }, { 'search.medium': whole }, { 'search.weak': whole }] }
  })
  return { ...found, $and: all } as unknown as QueryFilter<Document>
}

/** One page of what {@link searchFilter} finds, in `relevanceOrder`: like `findPage`, and with each one's score. */
export async function findRelevantPage<Document>(
  model: Model<Document>,
  filter: QueryFilter<Document>,
  page: Page,
): Promise<(Document & { score: number })[]> {
  return model.aggregate<Document & { score: number }>([
    { $match: filter },
    { $addFields: { score: { $meta: 'textScore' } } },
    { $match: pageFilter<Document & { score: number }>(page) },
    { $sort: pageSort(page) },
    { $limit: page.limit + 1 },
    { $unset: 'search' },
  ] as PipelineStage[])
}
