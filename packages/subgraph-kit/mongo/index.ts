// The connection and its documents.
export {
  buildProjection,
  ensureIndexes,
  firstBatchSize,
  isUnreachableError,
  openDatabase,
  readBulkDuplicates,
  readDuplicateKeyField,
  toStoredDocument,
  type Connection,
  type Projection,
  type StoredDocument,
} from './database'
export { creationKeyIndex, findCreated, insertOnce, type IdempotentCreation } from './insertOnce'
export { dropIndexIfExists, replaceIndex } from './indexChanges'
export { requireCompleteRestore, restoreMarkerCollection } from './restoreMarker'

// Reads, pages and searches.
export { findByIds, matchOneOf, readDocuments, requireDb } from './readDocuments'
export {
  buildPageFilter,
  buildPageSort,
  countByParent,
  findMergedPage,
  findPage,
  findPages,
  readDistinctValues,
  type ChildList,
} from './keysetPages'
export { createReadLimiter, type ReadLimiter } from './readLimiter'
export { countMatchingDocuments, findMatchingPage } from './searchQuery'
export { searchField, searchIndex, searchTokenIndex, searchTokensExpression } from './textIndex'
