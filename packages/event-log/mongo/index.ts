export {
  duplicateKeyCode,
  firstBatchSize,
  isReachable,
  openDatabase,
  readBulkDuplicates,
  readDuplicateKeyField,
  type Connection,
} from './connection'
export { positionsCollectionName, type ConsumerPosition } from './consumerPositions'
export { readIdPages } from './idPages'
export { createLeases } from './leases'
export {
  addEventOnceStage,
  addEventsStage,
  createDocumentOutbox,
  insertWithEvents,
  outboxIndex,
  outboxSchemaFields,
  pushEvents,
  type OutboxFields,
} from './documentOutbox'
export { createDatabaseTelemetry, type DatabaseTelemetry } from './databaseTelemetry'
