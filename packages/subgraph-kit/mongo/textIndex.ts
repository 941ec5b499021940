import { Schema, type IndexDefinition, type IndexOptions } from 'mongoose'

import type { SearchText } from '../search/searchText'

const weights = { 'search.strong': 10, 'search.medium': 5, 'search.weak': 1 } as const

/** The searched fields and how much a word in each of them counts. */
export const searchedFields = Object.entries(weights)

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
    weights,
    default_language: 'none',
    // No field of a document names its language.
    language_override: 'searchLanguage',
  },
]
