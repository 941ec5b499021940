import type { FetchClock } from './fetchClock'

const maxPositions = 10_000

/** Which domain events of one subgraph the cache has applied, or has heard of from clients. */
export class PositionLog {
  readonly #applied = new Map<string, true>()
  readonly #heardAt = new Map<string, number>()

  constructor(
    readonly clock: FetchClock,
    readonly limit = maxPositions,
  ) {}

  /** Records domain events whose tags have been invalidated. */
  addApplied(eventIds: Iterable<string>): void {
    for (const id of eventIds) {
      this.#heardAt.delete(id)
      this.#applied.delete(id)
      addBounded(this.#applied, id, true, this.limit)
    }
  }

  /**
   * Returns the start of the earliest fetch that has certainly seen a domain event: 0 for an event that has been applied, otherwise the
   * time when the cache first heard of it. A forgotten event is heard of again, which is later, and therefore safe.
   */
  findEarliestStart(eventId: string): number {
    if (this.#applied.has(eventId)) return 0
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
