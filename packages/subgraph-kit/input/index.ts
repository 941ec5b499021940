export { relevanceOrder, requireSearchLength, toSearchText, type SearchText } from '../search/searchText'
export { pickChangedFields } from './changedFields'
export { InputValidator, type TextFormat } from './inputValidator'
export { normalizeTag, readTags } from './tags'
