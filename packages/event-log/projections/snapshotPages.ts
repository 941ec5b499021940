/** An entity of another service, as a projection contains it. */
export interface ProjectedEntity<Data extends object> {
  id: string
  /** The sequence of the event that it was read from, or of the entity's newest event in a snapshot. */
  sequence: number
  /** Null when the owner has deleted the entity. */
  data: Data | null
  /** When its deletion was requested, if known. */
  deletionRequestedAt?: Date | null
  /** {@link DeletionDetails.contentKey} */
  contentKey?: string | null
}

/** The deletion of an entity, as its owner has published it. */
export interface DeletionDetails {
  /** When it was requested; null when unknown. */
  requestedAt: Date | null
  /** The opaque key by which the owner identifies content of the entity afterwards; null without one. */
  contentKey: string | null
}

/** The present entities of another service, from which a projection is rebuilt. */
export interface SnapshotSource<Data extends object> {
  /** Returns those of these entities, at most 500, that the owner has. */
  findByIds(ids: readonly string[]): Promise<readonly ProjectedEntity<Data>[]>
  /** Yields all entities of the owner, page by page, in the order of their IDs. */
  readPages(): AsyncIterable<readonly ProjectedEntity<Data>[]>
}

/**
 * The GraphQL arguments of an owner's snapshot query: the entities with these IDs, or those after an ID in the
 * order of IDs.
 */
export interface SnapshotPageArguments {
  ids?: readonly string[] | null
  after?: string | null
  /** At most 500. */
  first: number
}
