import { Schema, type IndexDefinition, type IndexOptions } from 'mongoose'

import type { SearchText } from '../search/searchText'

const weights = { 'search.strong': 10, 'search.medium': 5, 'search.weak': 1 } as const

/** The searched fields and the weight of a word in each. */
export const searchedFields = Object.entries(weights)

/**
 * The field `search` of a searchable document: the result of `toSearchText`, not selected by default. MongoDB's
 * own stemming assumes one language for a whole document or query, and supports neither Chinese nor Japanese;
 * so the application tokenizes, and the index (`default_language: 'none'`) stores the tokens as they are.
 */
export const searchField = {
  type: new Schema<SearchText>({ strong: String, medium: String, weak: String }, { _id: false }),
  select: false,
}

/** The index of {@link searchField}, for `schema.index(...searchIndex)`. */
export const searchIndex: [IndexDefinition, IndexOptions] = [
  { 'search.strong': 'text', 'search.medium': 'text', 'search.weak': 'text' },
  {
    name: 'search',
    weights,
    default_language: 'none',
    // A field that no document has: none names its language.
    language_override: 'searchLanguage',
  },
]
