// The connection and its documents.
export {
  buildProjection,
  ensureIndexes,
  findByIds,
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

// Pages and searches.
export {
  buildPageFilter,
  buildPageSort,
  countByParent,
  findMergedPage,
  findPage,
  findPages,
  readDistinctValues,
  requireDb,
  type ChildList,
} from './keysetPages'
export { createReadLimiter, type ReadLimiter } from './readLimiter'
export { countMatchingDocuments, findMatchingPage } from './searchQuery'
export { searchField, searchIndex, searchTokenIndex, searchTokensExpression } from './textIndex'
