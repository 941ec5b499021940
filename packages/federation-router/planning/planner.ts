import {
  DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  operationFromDocument,
  Supergraph,
} from '@apollo/federation-internals'
import {
  prettyFormatQueryPlan,
  QueryPlanner,
  type QueryPlan,
  type QueryPlannerConfig,
} from '@apollo/query-planner'
import type { DocumentNode, GraphQLSchema } from 'graphql'

import { StartupError } from '../../platform/lifecycle'
import { createPlanRepairs } from './planRepairs'
import { removeConstantConditions } from './removeConstantConditions'
import { removeIntrospection } from './removeIntrospection'

export type {
  ConditionNode,
  DeferNode,
  FetchDataKeyRenamer,
  FetchDataRewrite,
  FetchNode,
  FlattenNode,
  PlanNode,
  QueryPlan,
  QueryPlanSelectionNode,
  ResponsePath,
  SubscriptionNode,
} from '@apollo/query-planner'

/** Features that the executor supports beyond Apollo's gateway: @fromContext, and @cacheTag, which changes no response. */
const supportedFeatures = new Set([
  ...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  'https://specs.apollo.dev/context/v0.1',
  'https://specs.apollo.dev/cacheTag/v0.1',
])

/** Configures the planner of both executors. */
export const plannerConfig: QueryPlannerConfig = {
  // With fragments of the client's operation, the planner (2.14) writes fetches that use variables which they do not declare.
  reuseQueryFragments: false,
  debug: {
    // How many combinations the planner compares where several subgraphs resolve the same fields. Its default of 10,000 takes
    // seconds for an operation of some twenty such fields; with fewer the plan may need more fetches than the best one.
    maxEvaluatedPlans: 1_000,
  },
}

/** Plans operations over one supergraph. */
export interface Planner {
  /** The SDL that was given. */
  supergraphSdl: string
  /** The SDL that plans are made with (see `createPlanRepairs`). */
  repairedSdl: string
  /** The schema of clients. */
  apiSchema: GraphQLSchema
  /** The schema with the elements that clients cannot access. */
  supergraphSchema: GraphQLSchema
  subgraphs: readonly { name: string; url: string }[]
  /**
   * Plans an operation, except `__schema` and `__type`.
   *
   * @throws GraphQLError for an operation that the planner rejects
   */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan
  /** Formats a plan for people to read. */
  formatPlan(plan: QueryPlan): string
}

/**
 * Creates a planner. No other file calls Apollo's planner.
 *
 * @throws StartupError for a supergraph that cannot be used
 */
export function createPlanner(supergraphSdl: string): Planner {
  const { supergraph, clientSchema, repairs } = readSupergraph(supergraphSdl)
  const schema = supergraph.apiSchema()
  const planner = new QueryPlanner(supergraph, plannerConfig)
  return {
    supergraphSdl,
    repairedSdl: repairs.supergraphSdl,
    apiSchema: clientSchema.toGraphQLJSSchema(),
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url })),
    plan(document, operationName) {
      const planned = removeConstantConditions(removeIntrospection(document))
      const operation = operationFromDocument(schema, planned, { operationName })
      return repairs.repairPlan(planner.buildQueryPlan(operation), planned, operationName)
    },
    formatPlan: (plan) => prettyFormatQueryPlan(plan),
  }
}

function readSupergraph(supergraphSdl: string) {
  try {
    const repairs = createPlanRepairs(supergraphSdl)
    if (!repairs.hasSubstituteFields) {
      const supergraph = Supergraph.build(repairs.supergraphSdl, { supportedFeatures })
      return { supergraph, clientSchema: supergraph.apiSchema(), repairs }
    }
    // The given supergraph is validated: in the repaired one, fields with substitutes may be unused.
    const given = Supergraph.build(supergraphSdl, { supportedFeatures })
    given.subgraphs()
    const supergraph = Supergraph.build(repairs.supergraphSdl, {
      supportedFeatures,
      validateSupergraph: false,
    })
    return { supergraph, clientSchema: given.apiSchema(), repairs }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartupError(`The supergraph file cannot be used: ${reason}`)
  }
}
