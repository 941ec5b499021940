import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError, type GraphQLSchema } from 'graphql'

import type { Config } from '../../../router/config'
import { countAliases } from './aliases'
import { computeCost } from './operationCost'
import { computeDepth } from './depth'
import { countDirectives } from './directives'
import { toOperationWithFragments } from './operationFold'
import { countFields } from './fields'
import { readFieldSubgraphs, type FieldSubgraphsLookup } from '../supergraph/fieldSubgraphs'
import { computePlanningCost } from './planningCost'

/**
 * Refuses operations that ask for too much, before they are planned: QUERY_TOO_COMPLEX, with what was counted and the
 * limit. Each limit is a variable of the configuration; that of tokens is the parser's own.
 */
export function createLimitsPlugin(config: Config): ApolloServerPlugin {
  // A request that has begun before a hot reload ends on its own schema.
  const subgraphsOf = new WeakMap<GraphQLSchema, FieldSubgraphsLookup>()
  return {
    async serverWillStart() {
      return {
        schemaDidLoadOrUpdate({ apiSchema, coreSupergraphSdl }) {
          if (coreSupergraphSdl !== undefined)
            subgraphsOf.set(apiSchema, readFieldSubgraphs(coreSupergraphSdl))
        },
      }
    },
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, request, schema }) {
          if (!operation) return
          requireAtMost('directives', countDirectives(document), config.MAX_DIRECTIVES)
          const expandable = toOperationWithFragments(document, operation)
          requireAtMost('levels of fields', computeDepth(expandable), config.MAX_DEPTH)
          requireAtMost('aliases', countAliases(expandable), config.MAX_ALIASES)
          requireAtMost('fields', countFields(expandable), config.MAX_FIELDS)
          const planningCost = computePlanningCost(expandable, schema, subgraphsOf.get(schema) ?? (() => []))
          requireAtMost('fields times subgraphs to plan', planningCost, config.MAX_PLANNING_COST)
          const variables = request.variables ?? {}
          const cost = computeCost(expandable, { schema, variables, maxPageSize: config.MAX_PAGE_SIZE })
          requireAtMost('objects in the answer', cost, config.MAX_COST)
        },
      }
    },
  }
}

function requireAtMost(what: string, count: number, limit: number): void {
  if (count <= limit) return
  throw new GraphQLError(`The operation has up to ${count} ${what}; at most ${limit} are allowed.`, {
    extensions: { code: 'QUERY_TOO_COMPLEX', http: { status: 400 } },
  })
}
