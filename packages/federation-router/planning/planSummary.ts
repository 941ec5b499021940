import { formatApolloPlan, type FetchNode, type FlattenNode, type QueryPlan } from './apolloPlanner'
import { listPaths } from './mergedFetches'
import { foldPlan, mapFetches } from './planVisitor'

const maxLength = 1_000

/**
 * Returns a plan in one line: `posts -> (users at posts.author + comments at posts)`, where `->` separates fetches that wait
 * for each other, and `+` those that do not. A fetch that branches share is shown in the first of them. Contains names of the schema, and nothing that a client has sent.
 */
export function summarizePlan(node: QueryPlan['node']): string {
  const join = (parts: readonly string[], separator: string) => {
    const present = parts.filter((part) => part !== '')
    return present.length > 1 ? `(${present.join(separator)})` : present.join('')
  }
  const shown = new Set<FetchNode>()
  const summary = foldPlan(node, {
    empty: '',
    fetch(fetch, paths, branchCount) {
      const { serviceName } = fetch
      if (shown.has(fetch)) return `shared ${serviceName}`
      if (branchCount > 1) shown.add(fetch)
      const locations = paths.map((path) =>
        path.filter((element) => typeof element === 'string' && element !== '@').join('.'),
      )
      return locations.join() === '' ? serviceName : `${serviceName} at ${locations.join(', ')}`
    },
    sequence: (parts) => join(parts, ' -> '),
    parallel: (parts) => join(parts, ' + '),
    condition: (_, ifClause, elseClause) => join([ifClause(), elseClause()], ' or '),
  })
  return summary.replace(/^\((.*)\)$/, '$1').slice(0, maxLength)
}

/** Formats a plan as text, in the notation of Apollo's tools. The paths of a merged fetch are separated by commas. */
export function formatPlan({ node }: QueryPlan): string {
  const joinPaths = (flatten: FlattenNode): FlattenNode => ({
    ...flatten,
    path: [
      listPaths(flatten)
        .map((path) => path.join('.'))
        .join(', '),
    ],
  })
  const shown = node && mapFetches(node, (fetch) => fetch, joinPaths)
  return formatApolloPlan({ kind: 'QueryPlan', ...(shown && { node: shown }) })
}
