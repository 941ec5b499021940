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

// No other file calls Apollo's planner.

export type {
  FetchDataKeyRenamer,
  FetchDataRewrite,
  FetchNode,
  FlattenNode,
  PlanNode,
  QueryPlan,
  QueryPlanSelectionNode,
  ResponsePath,
} from '@apollo/query-planner'

/** Formats a plan as text, in the notation of Apollo's tools. */
export const formatApolloPlan: (plan: QueryPlan) => string = prettyFormatQueryPlan

/**
 * Features that the executor supports beyond Apollo's gateway: the directives that restrict access, @fromContext, and @cacheTag, which
 * changes no response.
 */
const supportedFeatures = new Set([
  ...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  'https://specs.apollo.dev/authenticated/v0.1',
  'https://specs.apollo.dev/requiresScopes/v0.1',
  'https://specs.apollo.dev/policy/v0.1',
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

/** The stock executor does not support @defer. */
const ownPlannerConfig: QueryPlannerConfig = { ...plannerConfig, incrementalDelivery: { enableDefer: true } }

/** Apollo's planner for one supergraph. */
export interface ApolloPlanner {
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
}

/**
 * Creates a planner.
 *
 * @param supergraphSdl the supergraph to plan with
 * @param clientSdl the supergraph that clients see, if it differs. That one is validated instead: fields that are not visible
 *   to clients may be unused
 * @throws Error for a supergraph that cannot be used
 */
export function createApolloPlanner(supergraphSdl: string, clientSdl?: string): ApolloPlanner {
  const client = Supergraph.build(clientSdl ?? supergraphSdl, { supportedFeatures })
  if (clientSdl !== undefined) client.subgraphs()
  const supergraph =
    clientSdl === undefined
      ? client
      : Supergraph.build(supergraphSdl, { supportedFeatures, validateSupergraph: false })
  const schema = supergraph.apiSchema()
  const planner = new QueryPlanner(supergraph, ownPlannerConfig)
  return {
    apiSchema: client.apiSchema().toGraphQLJSSchema({ includeDefer: true }),
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url })),
    plan: (document, operationName) =>
      planner.buildQueryPlan(operationFromDocument(schema, document, { operationName })),
  }
}
