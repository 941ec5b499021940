import type { GraphQLFormattedError } from 'graphql'

import type { SeenRequest } from './inMemorySubgraphs'

/**
 * What the subgraphs saw, in a form that two executors agree in when they did the same work:
 *
 * - Representations of one request count once each, in first-seen order: sending one twice is allowed, not asked for.
 * - The order of variables and of the fields of a value does not count; the order of a list does.
 * - Operations count by their printed text, names included, but for the aliases that the router itself puts in: one that
 *   stands for a client's counts as the client's (`withSafeAliases`), one that a `@requires` has got as none (`repairs`).
 * - For a query, the order of the requests does not count, since what runs in parallel has none. How often each was
 *   sent does. For a mutation the order counts as well.
 */
export function comparableRequests(seen: readonly SeenRequest[], isMutation: boolean): unknown {
  const requests = seen.map(({ service, query, variables }) => ({
    service,
    query: withoutOwnAliases(query),
    variables: withSortedNames({ ...variables, ...onceEach(variables['representations']) }),
  }))
  if (isMutation) return requests
  return requests
    .map((request) => ({ request, text: JSON.stringify(request) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ request }) => request)
}

function withoutOwnAliases(query: string): string {
  return query.replace(/(\w+?)__required_\d+: \1\b/g, '$1').replace(/(\w+?)__client_*: /g, '$1: ')
}

function onceEach(representations: unknown): { representations?: unknown[] } {
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

/** Each error as `path code`, sorted: what a program can tell errors apart by. */
export function comparableErrors(errors: readonly GraphQLFormattedError[]): string[] {
  return errors
    .map(
      ({ path, extensions }) =>
        `${path?.join('.') ?? '?'} ${String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR')}`,
    )
    .sort()
}
