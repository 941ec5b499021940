import { composeServices } from '@apollo/composition'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { graphql, parse, print, type GraphQLFormattedError } from 'graphql'

import { createSubgraphError } from '../../../packages/federation-router/transport/subgraphErrors'

/** A subgraph in memory: its SDL without the `@link`, and the resolvers that its data needs. */
export interface SubgraphDefinition {
  typeDefs: string
  resolvers: GraphQLResolverMap<unknown>
  /** Sees its requests, and answers none. */
  isDown?: true
}

export type SubgraphDefinitions = Readonly<Record<string, SubgraphDefinition>>

/** One request as a subgraph saw it. */
export interface SeenRequest {
  service: string
  /** Printed anew, so that spaces do not count. */
  query: string
  variables: Readonly<Record<string, unknown>>
}

export interface SubgraphResponse {
  data?: Record<string, unknown> | null
  errors?: GraphQLFormattedError[]
}

/** Sends the JSON text of a GraphQL request to a subgraph; both sides use it, so neither shares an object with it. */
export type SendToSubgraph = (service: string, body: string) => Promise<SubgraphResponse>

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@requires", "@provides", "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject"
])`

/** The supergraph's SDL. Throws what does not compose. */
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

/** Makes the subgraphs answer in this process; each request is noted in the list that is given. */
export function serveSubgraphs(definitions: SubgraphDefinitions): (seen: SeenRequest[]) => SendToSubgraph {
  const schemas = new Map(
    Object.entries(definitions).map(([name, { typeDefs, resolvers }]) => [
      name,
      buildSubgraphSchema({ typeDefs: parse(`${link}\n${typeDefs}`), resolvers }),
    ]),
  )
  return (seen) => async (service, body) => {
    const schema = schemas.get(service)
    if (!schema) throw new Error(`There is no subgraph ${service}`)
    const { query, variables, operationName } = JSON.parse(body) as RequestBody
    seen.push({ service, query: print(parse(query)), variables: variables ?? {} })
    if (definitions[service]?.isDown) throw createSubgraphError('SUBGRAPH_UNAVAILABLE', service)
    const answer = await graphql({ schema, source: query, variableValues: variables, operationName })
    return JSON.parse(JSON.stringify(answer)) as SubgraphResponse
  }
}

interface RequestBody {
  query: string
  variables?: Record<string, unknown> | null
  operationName?: string | null
}

type Row = Readonly<Record<string, unknown>>

/**
 * Resolves references from a list of rows: the first that agrees with all the representation's fields that it has
 * itself, `__typename` aside. What else the representation brings (`@requires`) is added to it.
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
