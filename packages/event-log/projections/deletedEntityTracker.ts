import { z } from 'zod'

import type { PeerClient, PeerQuery } from '../../subgraph-kit/peerClient'
import { createProjection, type ProjectionOptions } from './projection'

/** Absent in events of earlier versions. */
const requestedAt = z
  .object({ requestedAt: z.coerce.date().optional() })
  .transform((data) => data.requestedAt ?? null)

type Nothing = Record<string, never>

/** An entity that was deleted. */
export interface DeletedEntity {
  id: string
  /** When its deletion was requested; null where that is not known. */
  endedAt: Date | null
}

export interface DeletedEntityTrackerOptions extends Omit<
  ProjectionOptions<Nothing>,
  'toProjected' | 'forget' | 'onApplied' | 'rebuild'
> {
  owner: PeerClient
  /** The owner's query that gives, of some IDs, those that there are. */
  existingIdsField: string
  /** Of the event that says of an entity that it has gone. */
  deletedEventType: string
  /** The IDs that the subgraph's own documents refer to, page by page, of at most 500. */
  readReferencedIds(): AsyncIterable<readonly string[]>
  /** As for {@link ProjectionOptions}. */
  forget(ended: readonly DeletedEntity[], signal: AbortSignal): Promise<void>
}

/** Which of another subgraph's entities are known to be gone. Nothing is kept of the others. */
export function createDeletedEntityTracker(options: DeletedEntityTrackerOptions) {
  const { owner, existingIdsField, deletedEventType, readReferencedIds, createServiceToken } = options
  const present: PeerQuery<Record<string, string[]>> = {
    document: `query Present($ids: [ID!]!) { ${existingIdsField}(ids: $ids) }`,
    data: z.object({ [existingIdsField]: z.array(z.string()) }),
  }

  async function absentOf(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return []
    const answer = await owner.query(present, { ids }, createServiceToken())
    const there = new Set(answer[existingIdsField])
    return ids.filter((id) => !there.has(id))
  }

  async function forget(ids: readonly string[], signal: AbortSignal): Promise<void> {
    if (ids.length === 0) return
    const endings = await known.endings(ids)
    const ended = ids.map((id) => ({ id, endedAt: endings.get(id) ?? null }))
    await options.forget(ended, signal)
  }

  const known = createProjection<Nothing>({
    ...options,
    forget,
    toProjected: (event) => {
      if (event.type !== deletedEventType) return undefined
      const { entity: id, sequence, data } = event
      return { id, sequence, facts: null, endedAt: requestedAt.parse(data) }
    },
    async rebuild(copies, signal) {
      const rebuild = await copies.beginRebuild()
      // Accounts that were restored first: nothing refers to them any more.
      for await (const ids of copies.ids()) {
        signal.throwIfAborted()
        const absent = new Set(await absentOf(ids))
        await copies.restore(
          ids.filter((id) => !absent.has(id)),
          rebuild,
        )
      }
      for await (const ids of readReferencedIds()) {
        signal.throwIfAborted()
        const known = await copies.find(ids)
        const gone = await absentOf(ids.filter((id) => !known.has(id)))
        await copies.apply(gone.map((id) => ({ id, sequence: 1, facts: null })))
        await forget([...known.keys(), ...gone], signal)
      }
    },
  })
  return {
    ...known,
    /** Whether it is known to be gone. */
    isGone: async (id: string): Promise<boolean> => (await known.find([id])).has(id),
  }
}
