import { randomUUID } from 'node:crypto'

import { currentTraceparent } from '../../platform'
import { serializeEventData } from '../eventJson'
import type { DomainEvent } from '../eventLog'
import { recordCreatedEvent } from './writtenEvents'

/** An unpublished event in the document of its entity. Its index there determines its sequence. */
export interface PendingEvent extends Pick<DomainEvent, 'id' | 'type' | 'at' | 'traceparent'> {
  /** JSON. */
  readonly data: string
}

/** Creates an event to be written together with the change that it describes, in the trace of the current request. */
export function createPendingEvent(type: string, data: DomainEvent['data'], now: Date): PendingEvent {
  const traceparent = currentTraceparent()
  const id = randomUUID()
  recordCreatedEvent({ id, type, data })
  return {
    id,
    type,
    at: now.toISOString(),
    data: serializeEventData(data),
    ...(traceparent !== undefined && { traceparent }),
  }
}

/** The pending events of an outbox. */
export interface OutboxBacklog {
  /** The number of documents with pending events, at most {@link maxCountedDocuments}. */
  readonly entities: number
  /** When the oldest of these events was written; undefined without any. ISO 8601 in UTC. */
  readonly oldestAt: string | undefined
}

/** A backlog is counted up to this number of documents. */
export const maxCountedDocuments = 10_000

/** The claimed events of some documents, which no other relay publishes until the claim expires. */
interface OutboxClaim {
  /** Identifies the claims of this outbox. */
  readonly token: string
  /** All pending events of each document, in their order, by the document's ID. */
  readonly events: ReadonlyMap<string, readonly DomainEvent[]>
}

/** A transactional outbox: pending events are stored in the documents that they were written with. */
export interface Outbox {
  /**
   * Claims those of these documents that have pending events and no claim of another outbox; without IDs, any documents. A claim
   * expires by itself after some seconds.
   */
  claim(ids?: readonly string[]): Promise<OutboxClaim>
  /**
   * Removes the claimed events from their documents and releases the claim, with one atomic write per document.
   *
   * @returns the documents that may have further events, added by processes that could not claim them
   */
  clear(claim: OutboxClaim): Promise<readonly string[]>
  /** Returns how much is pending. */
  readBacklog(): Promise<OutboxBacklog>
}
