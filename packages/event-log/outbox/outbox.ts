import { randomUUID } from 'node:crypto'

import { serializeEventData } from '../eventJson'
import type { DomainEvent } from '../eventLog'

/** An event that waits in its entity's document. Its sequence is told by its place there. */
export interface PendingEvent extends Pick<DomainEvent, 'id' | 'type' | 'at'> {
  /** JSON. */
  readonly data: string
}

/** What happens now to an entity, to be written together with the change. */
export function createPendingEvent(type: string, data: DomainEvent['data'], now: Date): PendingEvent {
  return { id: randomUUID(), type, at: now.toISOString(), data: serializeEventData(data) }
}

/** The events of some documents, which nobody else publishes for as long as the claim lasts. */
export interface OutboxClaim {
  /** Names the claim. */
  readonly token: string
  /** All that wait in each document, in their order, by the document's ID. */
  readonly events: ReadonlyMap<string, readonly DomainEvent[]>
}

/** Documents in which events wait to be published. */
export interface Outbox {
  /**
   * Claims those of these documents that have events and that nobody else has claimed; without IDs, any.
   * A claim lapses by itself after some seconds.
   */
  claim(ids?: readonly string[]): Promise<OutboxClaim>
  /**
   * Takes the events of a claim out of their documents and gives the claim up: one atomic write a document.
   *
   * @returns the documents in which there may be more: another process that has added to one meanwhile has found it claimed
   */
  clear(claim: OutboxClaim): Promise<readonly string[]>
}
