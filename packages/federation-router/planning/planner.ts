import { StartupError } from '../../platform'
import { createApolloPlanner, type ApolloPlanner } from './apolloPlanner'
import { protectLiterals } from './clientLiterals'
import { mergeFetches } from './mergedFetches'
import { createPlanRepairs } from './planRepairs'
import { removeConstantConditions } from './removeConstantConditions'
import { removeIntrospection } from './removeIntrospection'
import { shareFetches } from './sharedFetches'

/** Plans operations over one supergraph. */
export interface Planner extends ApolloPlanner {
  /** The SDL that was given. */
  supergraphSdl: string
  /** The SDL that plans are made with (see `createPlanRepairs`). */
  repairedSdl: string
}

/**
 * Creates a planner: Apollo's, with workarounds for its faults, and with merged fetches.
 *
 * @throws StartupError for a supergraph that cannot be used
 */
export function createPlanner(supergraphSdl: string): Planner {
  const { repairs, apollo } = loadSupergraph(supergraphSdl)
  const { apiSchema, supergraphSchema, subgraphs } = apollo
  return {
    supergraphSdl,
    repairedSdl: repairs.supergraphSdl,
    apiSchema,
    supergraphSchema,
    subgraphs,
    plan(document, operationName) {
      const planned = removeConstantConditions(removeIntrospection(document))
      const { document: literals, restoreLiterals } = protectLiterals(planned, apiSchema)
      const repaired = repairs.repairPlan(apollo.plan(literals, operationName), literals, operationName)
      return shareFetches(mergeFetches(restoreLiterals(repaired)))
    },
  }
}

function loadSupergraph(supergraphSdl: string) {
  try {
    const repairs = createPlanRepairs(supergraphSdl)
    const clientSdl = repairs.hasSubstituteFields ? supergraphSdl : undefined
    return { repairs, apollo: createApolloPlanner(repairs.supergraphSdl, clientSdl) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartupError(`The supergraph file cannot be used: ${reason}`)
  }
}
