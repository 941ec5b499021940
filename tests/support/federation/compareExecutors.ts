import type { GraphQLFormattedError } from 'graphql'

import type { ReceivedRequest } from './inMemorySubgraphs'

/**
 * Returns the requests of subgraphs in a form that is equal for two executors which did the same work:
 *
 * - Requests that differ in their representations alone are one, with each representation once, in any order: our executor merges
 *   fetches, and the stock one sends duplicates.
 * - The order of variables and of the fields of a value is ignored; that of a list is not.
 * - Operations are compared by their printed text, including names, without the aliases that the router adds
 *   (`withSafeAliases`, `createPlanRepairs`).
 * - The order of the requests of a query is ignored, since parallel requests have none. That of a mutation is not.
 */
export function comparableRequests(received: readonly ReceivedRequest[], isMutation: boolean): unknown {
  const merged = new Map<
    string,
    { service: string; query: string; variables: unknown; representations: Set<string> }
  >()
  for (const { service, query, variables: all } of received) {
    const { representations, ...others } = all
    const request = { service, query: withoutAddedAliases(query), variables: withSortedNames(others) }
    const key = JSON.stringify(request)
    const texts = Array.isArray(representations) ? representations.map(toSortedText) : []
    const known = merged.get(key)?.representations ?? []
    merged.set(key, { ...request, representations: new Set([...known, ...texts]) })
  }
  const requests = [...merged.values()].map(({ representations, ...request }) => ({
    ...request,
    representations: [...representations].sort(),
  }))
  if (isMutation) return requests
  return requests
    .map((request) => ({ request, text: JSON.stringify(request) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ request }) => request)
}

function withoutAddedAliases(query: string): string {
  return query.replace(/(\w+?)__required_\d+: \1\b/g, '$1').replace(/(\w+?)__client_*: /g, '$1: ')
}

const toSortedText = (value: unknown): string => JSON.stringify(withSortedNames(value))

function withSortedNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedNames)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, each]) => [name, withSortedNames(each)]))
}

/** Returns each error as `path code`, sorted: the parts that programs can rely on. */
export function comparableErrors(errors: readonly GraphQLFormattedError[]): string[] {
  return errors
    .map(
      ({ path, extensions }) =>
        `${path?.join('.') ?? '?'} ${String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR')}`,
    )
    .sort()
}
