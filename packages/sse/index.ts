export { createEventStreamParser, EventTooLongError, type ServerSentEvent } from './parser'
export {
  acceptsEventStream,
  eventStreamContentType,
  eventStreamFraming,
  formatEvent,
  formatNextEvent,
  heartbeatIntervalMs,
  openEventStream,
  type EventStreamMessage,
} from './writer'
