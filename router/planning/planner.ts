import { operationFromDocument, Supergraph } from '@apollo/federation-internals'
import { prettyFormatQueryPlan, QueryPlanner, type QueryPlan } from '@apollo/query-planner'
import type { DocumentNode, GraphQLSchema } from 'graphql'

import { StartError } from '../../subgraphs/shared/lifecycle'
import { withoutIntrospection } from './withoutIntrospection'

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

/** Plans operations over one supergraph. */
export interface Planner {
  /** The supergraph's SDL, as it was given. */
  supergraphSdl: string
  /** What clients see. */
  apiSchema: GraphQLSchema
  /** With what is inaccessible to clients, too. */
  supergraphSchema: GraphQLSchema
  subgraphs: readonly { name: string; url: string }[]
  /**
   * Fields of introspection at the root are left out of the plan.
   *
   * @throws GraphQLError for an operation that the planner refuses
   */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan
  /** For people. */
  print(plan: QueryPlan): string
}

/**
 * Apollo's planner, behind this one file.
 *
 * @throws StartError for a supergraph that cannot be served
 */
export function createPlanner(supergraphSdl: string): Planner {
  const supergraph = readSupergraph(supergraphSdl)
  const schema = supergraph.apiSchema()
  const planner = new QueryPlanner(supergraph)
  return {
    supergraphSdl,
    apiSchema: schema.toGraphQLJSSchema(),
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url })),
    plan(document, operationName) {
      const operation = operationFromDocument(schema, withoutIntrospection(document), { operationName })
      return planner.buildQueryPlan(operation)
    },
    print: (plan) => prettyFormatQueryPlan(plan),
  }
}

function readSupergraph(supergraphSdl: string): Supergraph {
  try {
    return Supergraph.build(supergraphSdl)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(`The supergraph file cannot be used: ${reason}`)
  }
}
