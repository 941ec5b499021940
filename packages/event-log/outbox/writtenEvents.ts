import { currentWork, type WorkIdentity } from '../../platform'
import type { DomainEvent } from '../eventLog'

/** What one request has written: the events that it has created, and the entities whose outbox it has filled. */
export interface WrittenEvents {
  readonly events: Pick<DomainEvent, 'id' | 'type' | 'data'>[]
  readonly entities: Set<string>
}

const recordings = new WeakMap<WorkIdentity, WrittenEvents>()

/** Records the writes of the current work from now on. An event whose write did not succeed may be among it. */
export function recordWrittenEvents(work: WorkIdentity): WrittenEvents {
  const written: WrittenEvents = recordings.get(work) ?? { events: [], entities: new Set() }
  recordings.set(work, written)
  return written
}

/** Records an event of the current work. */
export function recordCreatedEvent(event: WrittenEvents['events'][number]): void {
  findRecording()?.events.push(event)
}

/**
 * Records entities whose outbox the current work has filled. The outbox relay does so for those that it is to publish; a write that the work
 * of another request has done on behalf of this one needs a call of its own.
 */
export function recordEntities(ids: readonly string[]): void {
  const recording = findRecording()
  if (recording) for (const id of ids) recording.entities.add(id)
}

function findRecording(): WrittenEvents | undefined {
  const work = currentWork()
  return work && recordings.get(work)
}
