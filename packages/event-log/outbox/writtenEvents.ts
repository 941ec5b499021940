import { currentWork, type WorkIdentity } from '../../platform'
import type { DomainEvent } from '../eventLog'

type CreatedEvent = Pick<DomainEvent, 'id' | 'type' | 'data'>

/** The writes of one request: events, and the entities whose outbox it has filled. */
export interface WrittenEvents {
  readonly events: readonly CreatedEvent[]
  readonly entities: ReadonlySet<string>
}

interface Recording {
  readonly events: CreatedEvent[]
  readonly entities: Set<string>
  /** Events whose write has not been acknowledged yet. */
  created: CreatedEvent[]
}

const recordings = new WeakMap<WorkIdentity, Recording>()

/**
 * Records the writes of the current work from now on. An event counts as written once a write that followed its creation was
 * acknowledged; an event whose conditional write was refused may be among them.
 */
export function recordWrittenEvents(work: WorkIdentity): WrittenEvents {
  const recording: Recording = recordings.get(work) ?? { events: [], entities: new Set(), created: [] }
  recordings.set(work, recording)
  return recording
}

/** Records an event of the current work. */
export function recordCreatedEvent(event: CreatedEvent): void {
  findRecording()?.created.push(event)
}

/**
 * Records entities whose outbox the current work has filled. The outbox relay does so for those that it is to publish;
 * a write that the work of another request has done on behalf of this one needs a separate call.
 */
export function recordEntities(ids: readonly string[]): void {
  const recording = findRecording()
  if (!recording || ids.length === 0) return
  recording.events.push(...recording.created)
  recording.created = []
  for (const id of ids) recording.entities.add(id)
}

function findRecording(): Recording | undefined {
  const work = currentWork()
  return work && recordings.get(work)
}
