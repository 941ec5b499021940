/**
 * Whether the response to one query may be cached for all viewers. The schema says so for the selected fields
 * (`@cacheControl`); services forbid it where a response depends on the viewer, on the clock, or on data of which no
 * domain event says that they have changed.
 */
export class CachePolicy {
  #isForbidden = false
  readonly #tags = new Set<string>()

  get isForbidden(): boolean {
    return this.#isForbidden
  }

  /** The tags besides those that the schema declares. */
  get tags(): ReadonlySet<string> {
    return this.#tags
  }

  /** Prevents caching: another viewer may get another response, or no domain event follows a change of it. */
  forbid(): void {
    this.#isForbidden = true
  }

  /** Adds tags of the response: an invalidation of one of them invalidates it. */
  addTags(tags: Iterable<string>): void {
    for (const tag of tags) this.#tags.add(tag)
  }
}
