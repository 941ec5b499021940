import { Schema, type IndexDefinition, type IndexOptions } from 'mongoose'

import { maxWeakTokens, type IndexedText } from '../search/searchText'

const weights = { 'search.strong': 10, 'search.medium': 5, 'search.weak': 1 } as const

/** The searched fields and the weight of a word in each. */
export const searchedFields = Object.entries(weights)

/**
 * The field `search` of a searchable document: the result of `toSearchText`, not selected by default. MongoDB's
 * own stemming assumes one language for a whole document or query, and supports neither Chinese nor Japanese;
 * so the application tokenizes, and the index (`default_language: 'none'`) stores the tokens as they are.
 */
export const searchField = {
  type: new Schema<IndexedText>(
    { strong: String, medium: String, weak: String, tokens: { type: [String], default: undefined } },
    { _id: false },
  ),
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

/** The index of the tokens of {@link searchField}, for the prefixes of words: `schema.index(...searchTokenIndex)`. */
export const searchTokenIndex: [IndexDefinition, IndexOptions] = [
  { 'search.tokens': 1 },
  { name: 'searchTokens', sparse: true },
]

const splitTokens = (field: keyof typeof weights) => ({ $split: [{ $ifNull: [`$${field}`, ''] }, ' '] })

/** Computes `search.tokens` from the other fields, as `toSearchText` does, for an update that changes one of them. */
export const searchTokensExpression = {
  $setDifference: [
    {
      $setUnion: [
        splitTokens('search.strong'),
        splitTokens('search.medium'),
        { $slice: [splitTokens('search.weak'), maxWeakTokens] },
      ],
    },
    [''],
  ],
}
