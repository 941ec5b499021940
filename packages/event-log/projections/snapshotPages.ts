import { z } from 'zod'

import type { PeerClient, PeerQuery } from '../../subgraph-kit/peerClient'
import type { ProjectedEntity } from '../mongo/projectionStore'

/** Which entities an owner is asked for: those of these that it has, or the next ones after an ID, in the order of IDs. */
export type SnapshotPageRequest = { ids: readonly string[] } | { after: string | null; first: number }

/** The same, as GraphQL has it. */
export interface SnapshotPageArguments {
  ids?: readonly string[] | null
  after?: string | null
  /** At most 500. */
  first: number
}

const pageSize = 500

/**
 * Asks an owner for what is to be kept of its entities.
 *
 * @param field the owner's query, which takes {@link SnapshotPageArguments}
 * @param shape of the facts alone
 * @param serviceToken only services may ask
 * @returns a function that throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export function createSnapshotQuery<Shape extends z.ZodRawShape>(
  owner: PeerClient,
  field: string,
  shape: z.ZodObject<Shape>,
  serviceToken: () => string,
): (question: SnapshotPageRequest) => Promise<ProjectedEntity<z.output<z.ZodObject<Shape>>>[]> {
  const row = z.object({ id: z.string(), sequence: z.number() })
  const query: PeerQuery<Record<string, ProjectedEntity<z.output<z.ZodObject<Shape>>>[]>> = {
    document: `
      query Facts($ids: [ID!], $after: ID, $first: Int! = ${pageSize}) {
        ${field}(ids: $ids, after: $after, first: $first) { id sequence ${Object.keys(shape.shape).join(' ')} }
      }
    `,
    data: z.object({ [field]: z.array(row.and(shape.transform((facts) => ({ facts })))) }),
  }
  return async (question) => {
    const answer = await owner.query(query, { ...question }, serviceToken())
    return answer[field] ?? []
  }
}

/** All that an owner has, page by page. */
export async function* readSnapshotPages<Facts extends object>(
  ask: (question: SnapshotPageRequest) => Promise<readonly ProjectedEntity<Facts>[]>,
): AsyncGenerator<readonly ProjectedEntity<Facts>[]> {
  for (let after: string | null = null; ;) {
    const page: readonly ProjectedEntity<Facts>[] = await ask({ after, first: pageSize })
    const last = page.at(-1)
    if (!last) return
    yield page
    after = last.id
  }
}
