import type { QueryPlan } from './apolloPlanner'
import { foldPlan } from './planVisitor'

const maxLength = 1_000

/**
 * Returns a plan in one line: `posts -> (users at posts.author + comments at posts)`, where `->` separates fetches that wait
 * for each other, and `+` those that do not. Contains names of the schema, and nothing that a client has sent.
 */
export function summarizePlan(node: QueryPlan['node']): string {
  const join = (parts: readonly string[], separator: string) => {
    const present = parts.filter((part) => part !== '')
    return present.length > 1 ? `(${present.join(separator)})` : present.join('')
  }
  const summary = foldPlan(node, {
    empty: '',
    fetch({ serviceName }, path) {
      const fields = path.filter((element) => typeof element === 'string' && element !== '@')
      return fields.length === 0 ? serviceName : `${serviceName} at ${fields.join('.')}`
    },
    sequence: (parts) => join(parts, ' -> '),
    parallel: (parts) => join(parts, ' + '),
    condition: (_, ifClause, elseClause) => join([ifClause(), elseClause()], ' or '),
  })
  return summary.replace(/^\((.*)\)$/, '$1').slice(0, maxLength)
}
