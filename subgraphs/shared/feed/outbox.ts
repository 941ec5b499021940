import { randomUUID } from 'node:crypto'

import { toDataText } from './eventText'
import type { FeedEvent } from './feed'

/** An event that waits in its entity's document. Its sequence is told by its place there. */
export interface PendingEvent extends Pick<FeedEvent, 'id' | 'type' | 'at'> {
  /** JSON. */
  readonly data: string
}

/** What happens now to an entity, to be written together with the change. */
export function newPendingEvent(type: string, data: FeedEvent['data'], now: Date): PendingEvent {
  return { id: randomUUID(), type, at: now.toISOString(), data: toDataText(data) }
}

/** The events of some documents, which nobody else publishes for as long as the claim lasts. */
export interface Claim {
  /** Names the claim. */
  readonly token: string
  /** All that wait in each document, in their order, by the document's ID. */
  readonly events: ReadonlyMap<string, readonly FeedEvent[]>
}

/** Documents in which events wait to be published. */
export interface Outbox {
  /**
   * Claims those of these documents that have events and that nobody else has claimed; without IDs, any.
   * A claim lapses by itself after some seconds.
   */
  claim(ids?: readonly string[]): Promise<Claim>
  /**
   * Takes the events of a claim out of their documents and gives the claim up: one atomic write a document.
   *
   * @returns the documents in which there may be more: another process that has added to one meanwhile has found it claimed
   */
  clear(claim: Claim): Promise<readonly string[]>
}
