/**
 * How long the answer to one query may be cached for all viewers. The schema says so for the selected fields
 * (`@cacheControl`); services narrow it where an answer depends on the viewer, on the clock, or on data of which no
 * domain event says that they have changed.
 */
export class CachePolicy {
  #maxAgeSeconds = Infinity
  readonly #tags = new Set<string>()

  /** Infinity unless narrowed. */
  get maxAgeSeconds(): number {
    return this.#maxAgeSeconds
  }

  /** The tags besides those that the schema declares. */
  get tags(): ReadonlySet<string> {
    return this.#tags
  }

  /** Prevents caching: another viewer may get another answer, or no domain event follows a change of it. */
  forbid(): void {
    this.#maxAgeSeconds = 0
  }

  /** Limits caching to the time until the clock changes the answer. */
  restrictUntil(boundary: Date, now: Date): void {
    const seconds = Math.floor((boundary.getTime() - now.getTime()) / 1000)
    this.#maxAgeSeconds = Math.max(0, Math.min(this.#maxAgeSeconds, seconds))
  }

  /** Adds tags of the answer: an invalidation of one of them invalidates it. */
  addTags(tags: Iterable<string>): void {
    for (const tag of tags) this.#tags.add(tag)
  }
}
