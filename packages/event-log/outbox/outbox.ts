import { randomUUID } from 'node:crypto'

import { serializeEventData } from '../eventJson'
import type { DomainEvent } from '../eventLog'

/** An unpublished event in the document of its entity. Its index there determines its sequence. */
export interface PendingEvent extends Pick<DomainEvent, 'id' | 'type' | 'at'> {
  /** JSON. */
  readonly data: string
}

/** Creates an event to be written together with the change that it describes. */
export function createPendingEvent(type: string, data: DomainEvent['data'], now: Date): PendingEvent {
  return { id: randomUUID(), type, at: now.toISOString(), data: serializeEventData(data) }
}

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
}
