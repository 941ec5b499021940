export {
  firstBatchSize,
  isReachable,
  openDatabase,
  readDuplicateKeyField,
  type Connection,
} from './connection'
export { createDatabaseTelemetry, type DatabaseTelemetry } from './databaseTelemetry'
export { positionsCollectionName, type ConsumerPosition } from './consumerPositions'
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
export { createLeases } from './leases'
