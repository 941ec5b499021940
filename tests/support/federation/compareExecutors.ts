import type { GraphQLFormattedError } from 'graphql'

import type { ReceivedRequest } from './inMemorySubgraphs'

/**
 * Returns the requests of subgraphs in a form that is equal for two executors which did the same work:
 *
 * - Equal representations of one request are one, in the order of their first occurrence: an executor may send duplicates.
 * - The order of variables and of the fields of a value is ignored; that of a list is not.
 * - Operations are compared by their printed text, including names, without the aliases that the router adds
 *   (`withSafeAliases`, `createPlanRepairs`).
 * - The order of the requests of a query is ignored, since parallel requests have none. That of a mutation is not.
 */
export function comparableRequests(received: readonly ReceivedRequest[], isMutation: boolean): unknown {
  const requests = received.map(({ service, query, variables }) => ({
    service,
    query: withoutAddedAliases(query),
    variables: withSortedNames({ ...variables, ...withoutDuplicates(variables['representations']) }),
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

function withoutDuplicates(representations: unknown): { representations?: unknown[] } {
  if (!Array.isArray(representations)) return {}
  const byText = new Map<string, unknown>()
  for (const representation of representations) {
    const text = JSON.stringify(withSortedNames(representation))
    if (!byText.has(text)) byText.set(text, representation)
  }
  return { representations: [...byText.values()] }
}

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
