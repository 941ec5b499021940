/**
 * A clock that counts the events of one cache, so that their order is known: a fetch has the time of its start, and an invalidation
 * moves the clock on. A fetch that was started before an invalidation therefore has an earlier time, and one that was started
 * afterwards has not.
 */
export class FetchClock {
  /** The time of a fetch that is started now. */
  now = 1

  /** Moves the clock on. Returns the time of an event: earlier fetches have an earlier one. */
  tick(): number {
    return ++this.now
  }
}
