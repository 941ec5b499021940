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
