import { z } from 'zod'

import type { ProjectedEntity, SnapshotPageArguments, SnapshotSource } from '../../event-log'
import { maxBatchSize } from '../../platform'
import type { PeerClient, PeerQuery } from './peerClient'

/**
 * Creates the source from which a projection of another subgraph's entities is rebuilt. Its functions throw
 * SUBGRAPH_UNAVAILABLE and SUBGRAPH_TIMEOUT.
 *
 * @param field the owner's snapshot query, which takes {@link SnapshotPageArguments}
 * @param shape the entity's data, without its `id` and `sequence`
 * @param createServiceToken since the owner permits this query to services alone
 */
export function createSnapshotSource<Shape extends z.ZodRawShape>(
  owner: PeerClient,
  field: string,
  shape: z.ZodObject<Shape>,
  createServiceToken: () => string,
): SnapshotSource<z.output<z.ZodObject<Shape>>> {
  type Entity = ProjectedEntity<z.output<z.ZodObject<Shape>>>
  const row = z.object({ id: z.string(), sequence: z.number() })
  const query: PeerQuery<Record<string, Entity[]>> = {
    document: `
      query Snapshot($ids: [ID!], $after: ID, $first: Int! = ${maxBatchSize}) {
        ${field}(ids: $ids, after: $after, first: $first) { id sequence ${Object.keys(shape.shape).join(' ')} }
      }
    `,
    data: z.object({ [field]: z.array(row.and(shape.transform((data) => ({ data })))) }),
  }

  async function fetchPage(page: Partial<SnapshotPageArguments>): Promise<Entity[]> {
    const response = await owner.query(query, { ...page }, createServiceToken())
    return response[field] ?? []
  }

  return {
    findByIds: (ids) => fetchPage({ ids }),
    async *readPages() {
      for (let after: string | null = null; ;) {
        const page: Entity[] = await fetchPage({ after, first: maxBatchSize })
        const last = page.at(-1)
        if (!last) return
        yield page
        after = last.id
      }
    },
  }
}
