export { createPendingEvent, type PendingEvent } from './outbox'
export { createOutboxRelay, publishLater, type OutboxRelay, type PublishPendingEvents } from './outboxRelay'
export { recordWrittenEvents, type WrittenEvents } from './writtenEvents'
