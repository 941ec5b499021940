import type { FetchClock } from './fetchClock'

const maxPositions = 10_000

/** Which domain events of one subgraph have been written, as far as the cache knows. */
export class PositionLog {
  /** When the tags of an event were invalidated, by the response of its mutation or by the stream. */
  readonly #appliedAt = new Map<string, number>()
  /** When a client named an event that the subgraph has not named yet. */
  readonly #heardAt = new Map<string, number>()

  constructor(
    readonly clock: FetchClock,
    readonly limit = maxPositions,
  ) {}

  /** Records domain events, which the subgraph has written, and whose tags have been invalidated. */
  addApplied(eventIds: Iterable<string>): void {
    for (const id of eventIds) {
      this.#heardAt.delete(id)
      this.#appliedAt.delete(id)
      addBounded(this.#appliedAt, id, this.clock.now, this.limit)
    }
  }

  /** Returns a time at which all of these domain events had been written: later fetches have read them. Undefined if it is unknown. */
  findWrittenBefore(eventIds: readonly string[]): number | undefined {
    const times = eventIds.map((id) => this.#appliedAt.get(id) ?? Infinity)
    const latest = times.length === 0 ? Infinity : Math.max(...times)
    return latest === Infinity ? undefined : latest
  }

  /**
   * Returns the start of the earliest fetch that has certainly seen a domain event: 0 for an event that has been applied, otherwise the
   * time when the cache first received it. A forgotten event is received again, which is later, and therefore safe.
   */
  findEarliestStart(eventId: string): number {
    if (this.#appliedAt.has(eventId)) return 0
    const heardAt = this.#heardAt.get(eventId)
    if (heardAt !== undefined) return heardAt
    const time = this.clock.tick()
    addBounded(this.#heardAt, eventId, time, this.limit)
    return time
  }
}

function addBounded<Value>(map: Map<string, Value>, key: string, value: Value, limit: number): void {
  map.set(key, value)
  if (map.size <= limit) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
