export { listBeginnings, parseNameSearch, splitName } from '../search/nameTokens'
export {
  relevanceOrder,
  readSearch,
  toSearchText,
  type IndexedText,
  type SearchText,
} from '../search/searchText'
export { pickChangedFields } from './changedFields'
export { idempotencyWindowMs, readIdempotencyKey } from './idempotencyKey'
export { InputValidator, maxUrlLength, type TextFormat } from './inputValidator'
export { findMentions, findNewMentions } from './mentions'
export { maxTagLength, maxTags, normalizeTag, readTags } from './tags'
