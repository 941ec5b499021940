import { z } from 'zod'

import type { Peer, PeerQuery } from '../peer'
import { createKnown, type KnownOptions } from './known'

type Nothing = Record<string, never>

export interface GoneOptions extends Omit<KnownOptions<Nothing>, 'read' | 'note' | 'rebuild'> {
  owner: Peer
  /** The owner's query that gives, of some IDs, those that there are. */
  presentField: string
  /** Of the event that says of an entity that it has gone. */
  type: string
  /** The IDs that the subgraph's own documents refer to, page by page, of at most 500. */
  referred(): AsyncIterable<readonly string[]>
}

/** Which of another subgraph's entities are known to be gone. Nothing is kept of the others. */
export function createGone(options: GoneOptions) {
  const { owner, presentField, type, referred, forget, asService } = options
  const present: PeerQuery<Record<string, string[]>> = {
    document: `query Present($ids: [ID!]!) { ${presentField}(ids: $ids) }`,
    data: z.object({ [presentField]: z.array(z.string()) }),
  }

  async function absentOf(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return []
    const answer = await owner.ask(present, { ids }, asService())
    const there = new Set(answer[presentField])
    return ids.filter((id) => !there.has(id))
  }

  const { find, ...known } = createKnown<Nothing>({
    ...options,
    read: (event) =>
      event.type === type ? { id: event.entity, sequence: event.sequence, facts: null } : undefined,
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
      for await (const ids of referred()) {
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
    isGone: async (id: string): Promise<boolean> => (await find([id])).has(id),
  }
}
