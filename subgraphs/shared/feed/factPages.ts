import { z } from 'zod'

import type { Peer, PeerQuery } from '../peer'
import type { Known } from './copies'

/** Which entities an owner is asked for: those of these that it has, or the next ones after an ID, in the order of IDs. */
export type FactsQuestion = { ids: readonly string[] } | { after: string | null; first: number }

/** The same, as GraphQL has it. */
export interface FactsArguments {
  ids?: readonly string[] | null
  after?: string | null
  /** At most 500. */
  first: number
}

const pageSize = 500

/**
 * Asks an owner for what is to be kept of its entities.
 *
 * @param field the owner's query, which takes {@link FactsArguments}
 * @param shape of the facts alone
 * @param serviceToken only services may ask
 * @returns a function that throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export function createFactsQuery<Shape extends z.ZodRawShape>(
  owner: Peer,
  field: string,
  shape: z.ZodObject<Shape>,
  serviceToken: () => string,
): (question: FactsQuestion) => Promise<Known<z.output<z.ZodObject<Shape>>>[]> {
  const row = z.object({ id: z.string(), sequence: z.number() })
  const query: PeerQuery<Record<string, Known<z.output<z.ZodObject<Shape>>>[]>> = {
    document: `
      query Facts($ids: [ID!], $after: ID, $first: Int! = ${pageSize}) {
        ${field}(ids: $ids, after: $after, first: $first) { id sequence ${Object.keys(shape.shape).join(' ')} }
      }
    `,
    data: z.object({ [field]: z.array(row.and(shape.transform((facts) => ({ facts })))) }),
  }
  return async (question) => {
    const answer = await owner.ask(query, { ...question }, serviceToken())
    return answer[field] ?? []
  }
}

/** All that an owner has, page by page. */
export async function* factPages<Facts extends object>(
  ask: (question: FactsQuestion) => Promise<readonly Known<Facts>[]>,
): AsyncGenerator<readonly Known<Facts>[]> {
  for (let after: string | null = null; ;) {
    const page: readonly Known<Facts>[] = await ask({ after, first: pageSize })
    const last = page.at(-1)
    if (!last) return
    yield page
    after = last.id
  }
}
