// The log.
export {
  EventLogGapError,
  type ConsumerStatus,
  type Delivery,
  type DomainEvent,
  type EventLog,
  type RunningConsumer,
} from './eventLog'
export { openEventLog } from './openEventLog'

// Consumers and projections.
export {
  announceRebuild,
  isRebuildNotice,
  requestRebuild,
  startDurableConsumer,
} from './consumers/durableConsumer'
export type { ProjectionStore } from './mongo/projectionStore'
export { createDeletedEntityTracker, type DeletedEntity } from './projections/deletedEntityTracker'
export { createProjection } from './projections/projection'
export type { ProjectedEntity, SnapshotPageArguments, SnapshotSource } from './projections/snapshotPages'

// The messaging of a service: the relay of its outbox, and its consumers.
export { combineMessaging } from './messaging'
export { createEventLogTelemetry, type EventLogTelemetry } from './telemetry/eventLogTelemetry'
