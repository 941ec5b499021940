import { composeServices } from '@apollo/composition'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { graphql, parse, print, type GraphQLFormattedError } from 'graphql'

import { createSubgraphError } from '../../../packages/federation-router/transport/subgraphErrors'

/** A subgraph in memory: its SDL without the `@link`, and its resolvers. */
interface SubgraphDefinition {
  typeDefs: string
  resolvers: GraphQLResolverMap<unknown>
  /** Receives requests but does not respond. */
  isDown?: true
}

export type SubgraphDefinitions = Readonly<Record<string, SubgraphDefinition>>

/** A request that a subgraph received. */
export interface ReceivedRequest {
  service: string
  /** Printed, so that white space is normalized. */
  query: string
  variables: Readonly<Record<string, unknown>>
}

export interface SubgraphResponse {
  data?: Record<string, unknown> | null
  errors?: GraphQLFormattedError[]
}

/** Sends the JSON text of a GraphQL request to a subgraph, so that the sides share no objects. */
export type SendToSubgraph = (service: string, body: string) => Promise<SubgraphResponse>

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@requires", "@provides", "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject"
])`

/** Returns the SDL of the supergraph. @throws Error for subgraphs that do not compose */
export function composeSubgraphs(definitions: SubgraphDefinitions): string {
  const result = composeServices(
    Object.entries(definitions).map(([name, { typeDefs }]) => ({
      name,
      url: `http://${name}.invalid/graphql`,
      typeDefs: parse(`${link}\n${typeDefs}`),
    })),
  )
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'))
  return result.supergraphSdl
}

/** Serves subgraphs in this process. Each request is added to the list `received`. */
export function serveSubgraphs(
  definitions: SubgraphDefinitions,
): (received: ReceivedRequest[]) => SendToSubgraph {
  const schemas = new Map(
    Object.entries(definitions).map(([name, { typeDefs, resolvers }]) => [
      name,
      buildSubgraphSchema({ typeDefs: parse(`${link}\n${typeDefs}`), resolvers }),
    ]),
  )
  return (received) => async (service, body) => {
    const schema = schemas.get(service)
    if (!schema) throw new Error(`There is no subgraph ${service}.`)
    const { query, variables, operationName } = JSON.parse(body) as RequestBody
    received.push({ service, query: print(parse(query)), variables: variables ?? {} })
    if (definitions[service]?.isDown) throw createSubgraphError('SUBGRAPH_UNAVAILABLE', service)
    const response = await graphql({ schema, source: query, variableValues: variables, operationName })
    return JSON.parse(JSON.stringify(response)) as SubgraphResponse
  }
}

interface RequestBody {
  query: string
  variables?: Record<string, unknown> | null
  operationName?: string | null
}

type Row = Readonly<Record<string, unknown>>

/**
 * Resolves references by a list of rows: finds the first row that has no other value for a field of the representation, except
 * `__typename`, and adds the other fields of the representation (`@requires`).
 */
export function fromRows(rows: readonly Row[]): (reference: Row) => Row | null {
  return ({ __typename, ...reference }) => {
    const row = rows.find((each) =>
      Object.entries(reference).every(
        ([name, value]) => !(name in each) || JSON.stringify(each[name]) === JSON.stringify(value),
      ),
    )
    return row ? { __typename, ...reference, ...row } : null
  }
}
