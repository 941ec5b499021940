import { z } from 'zod'

import { createProjection, type Projection, type ProjectionOptions } from './projection'

/** The data of a deletion event; events of earlier versions lack it. */
const deletionShape = z.object({
  requestedAt: z.coerce.date().optional(),
  contentKey: z.string().nullish(),
})

/** An entity that was deleted. */
export interface DeletedEntity {
  id: string
  /** When its deletion was requested; null when unknown. */
  deletionRequestedAt: Date | null
  /** The opaque key by which the owner identifies the entity's content afterwards, if it has published one. */
  contentKey?: string | null
}

type NoData = Record<string, never>

interface DeletedEntityTrackerOptions extends Omit<
  ProjectionOptions<NoData>,
  'toProjected' | 'onDeleted' | 'onApplied' | 'rebuild'
> {
  deletedEventType: string
  /** Queries the owner for which of these entities, at most 500, exist. */
  findExistingIds(ids: readonly string[]): Promise<readonly string[]>
  /** Yields the IDs to which the consumer's own documents refer, in pages of at most 500. */
  readReferencedIds(): AsyncIterable<readonly string[]>
  /** See {@link ProjectionOptions.onDeleted}. */
  onDeleted(deleted: readonly DeletedEntity[], signal: AbortSignal): Promise<void>
}

/** Tracks which entities of another service are deleted. */
interface DeletedEntityTracker extends Pick<Projection<NoData>, 'prepare' | 'start' | 'close'> {
  /** Returns whether an entity is known to be deleted. */
  isDeleted(id: string): Promise<boolean>
  /** Returns the key of the content of an entity that was deleted in the last 15 s or so; null without one. */
  findContentKey(id: string): Promise<string | null>
}

/** Creates a tracker: a projection that contains deleted entities alone. */
export function createDeletedEntityTracker(options: DeletedEntityTrackerOptions): DeletedEntityTracker {
  const { deletedEventType, findExistingIds, readReferencedIds } = options

  async function findMissingIds(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return []
    const existing = new Set(await findExistingIds(ids))
    return ids.filter((id) => !existing.has(id))
  }

  async function onDeleted(ids: readonly string[], signal: AbortSignal): Promise<void> {
    if (ids.length === 0) return
    const deletions = await projection.findDeletions(ids)
    const deleted = ids.map((id) => {
      const { requestedAt = null, contentKey = null } = deletions.get(id) ?? {}
      return { id, deletionRequestedAt: requestedAt, contentKey }
    })
    await options.onDeleted(deleted, signal)
  }

  const projection = createProjection<NoData>({
    ...options,
    onDeleted,
    toProjected: (event) => {
      if (event.type !== deletedEventType) return undefined
      const { entity: id, sequence, data } = event
      const { requestedAt = null, contentKey = null } = deletionShape.parse(data)
      return { id, sequence, data: null, deletionRequestedAt: requestedAt, contentKey }
    },
    async rebuild(store, signal) {
      const rebuildId = await store.beginRebuild()
      // Entries of restored entities may have no references, by which the second loop would find them.
      for await (const ids of store.readIdPages()) {
        signal.throwIfAborted()
        const missing = new Set(await findMissingIds(ids))
        await store.removeDeletionMarks(
          ids.filter((id) => !missing.has(id)),
          rebuildId,
        )
      }
      for await (const ids of readReferencedIds()) {
        signal.throwIfAborted()
        const known = await store.find(ids)
        const missing = await findMissingIds(ids.filter((id) => !known.has(id)))
        await store.apply(missing.map((id) => ({ id, sequence: 1, data: null })))
        await onDeleted([...known.keys(), ...missing], signal)
      }
    },
  })
  const { prepare, start, close } = projection
  return {
    prepare,
    start,
    close,
    isDeleted: async (id) => (await projection.find([id])).has(id),
    findContentKey: async (id) => (await projection.findDeletions([id])).get(id)?.contentKey ?? null,
  }
}
