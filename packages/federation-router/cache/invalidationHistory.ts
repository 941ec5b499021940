import type { FetchClock } from './fetchClock'

const maxTags = 10_000

/** The latest invalidations of one subgraph, which decide whether the response to a fetch that was started before them may be stored. */
export class InvalidationHistory {
  /** The time of the latest invalidation of a tag; the latest tag is the last. */
  readonly #times = new Map<string, number>()
  /** Invalidations before this time are not known. */
  #knownSince = 0

  constructor(
    readonly clock: FetchClock,
    readonly limit = maxTags,
  ) {}

  add(tags: Iterable<string>): void {
    const time = this.clock.tick()
    for (const tag of tags) {
      this.#times.delete(tag)
      this.#times.set(tag, time)
    }
    for (const [tag, earliest] of this.#times) {
      if (this.#times.size <= this.limit) break
      this.#times.delete(tag)
      this.#knownSince = earliest
    }
  }

  /** Forgets everything: the responses to fetches that were started before must not be stored. */
  reset(): void {
    this.#times.clear()
    this.#knownSince = this.clock.tick()
  }

  /** Returns whether a tag is known to have been invalidated at this time or later. */
  isInvalidatedSince(time: number, tag: string): boolean {
    return (this.#times.get(tag) ?? 0) >= time
  }

  /** Returns whether data of a fetch is known not to have been invalidated since the fetch was started. */
  isUnchangedSince(startedAt: number, tags: readonly string[]): boolean {
    return startedAt >= this.#knownSince && tags.every((tag) => (this.#times.get(tag) ?? 0) <= startedAt)
  }
}
