import { eventStreamFraming, formatNextEvent, heartbeatIntervalMs } from '../../sse'
import type { MessageFraming } from './messages'
import { readLastEventIdHeader } from './resumePosition'

/**
 * Server-sent events with ids. graphql-sse's own server serializes each event for each client again, and buffers without a
 * bound.
 */
export const sseFraming: MessageFraming = {
  ...eventStreamFraming,
  heartbeatMs: heartbeatIntervalMs,
  frameMessage: ({ text, kind, id }) => formatNextEvent(id, kind === 'position' ? undefined : text),
  readResumePosition: readLastEventIdHeader,
}
