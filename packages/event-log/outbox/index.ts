export { createPendingEvent, type PendingEvent } from './outbox'
export { createOutboxRelay, publishLater, type OutboxRelay, type PublishPendingEvents } from './outboxRelay'
export { recordEntities, recordWrittenEvents, type WrittenEvents } from './writtenEvents'
