/**
 * Whether the response to one query may be cached for all viewers. The schema says so for the selected fields
 * (`@cacheControl`); services limit its age where the clock changes a response, and forbid it where a response depends on
 * the viewer or on data of which no domain event says that they have changed.
 */
export class CachePolicy {
  #isForbidden = false
  #maxAgeSeconds = Infinity
  readonly #tags = new Set<string>()

  get isForbidden(): boolean {
    return this.#isForbidden
  }

  get maxAgeSeconds(): number {
    return this.#maxAgeSeconds
  }

  /** The tags besides those that the schema declares. */
  get tags(): ReadonlySet<string> {
    return this.#tags
  }

  /** Prevents caching: another viewer may get another response, or no domain event follows a change of it. */
  forbid(): void {
    this.#isForbidden = true
  }

  /** Limits how long the response may be cached: from then on, the clock changes it. @param seconds counted from a moment before the data were read */
  limitAge(seconds: number): void {
    this.#maxAgeSeconds = Math.min(this.#maxAgeSeconds, seconds)
  }

  /** Adds tags of the response: an invalidation of one of them invalidates it. */
  addTags(tags: Iterable<string>): void {
    for (const tag of tags) this.#tags.add(tag)
  }
}
