/** A post or an event that notifications are about. */
export interface NotificationSubject {
  /** Absent for one that not everyone may see. */
  title?: string
  isPublic: boolean
  /** The author of a post; null for an event, and for a post whose author was deleted. */
  authorId: string | null
}

/** Reads from other subgraphs. All throw SUBGRAPH_UNAVAILABLE and SUBGRAPH_TIMEOUT. */
export interface SubjectSource {
  /** Returns the existing ones among these posts and events, by ID. */
  findSubjects(ids: readonly string[]): Promise<ReadonlyMap<string, NotificationSubject>>
  /**
   * Yields the IDs of the users who are registered for an event, or were when it was cancelled, in pages.
   *
   * @param confirmedOnly leaves out the waitlist
   */
  readRegisteredUserIds(eventId: string, confirmedOnly: boolean): AsyncIterable<readonly string[]>
}
