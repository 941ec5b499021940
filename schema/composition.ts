import { composeServices } from '@apollo/composition'
import { GraphQLError, printSchema, type DocumentNode, type GraphQLSchema } from 'graphql'
import { gql } from 'graphql-tag'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { findApiSchemaProblems } from './rules/apiSchema'
import { findSubgraphSchemaProblems } from './rules/subgraphSchema'
import { projectRoot } from '../packages/platform/config/projectRoot'
import { localSubgraphUrl, subgraphs } from '../packages/platform/config/subgraphs'

/** One subgraph's part of the schema, as it is written. */
export interface SubgraphSchema {
  name: string
  /** Where the subgraph answers, as the supergraph file shall say. */
  url: string
  sdl: string
}

/** What the fragments are together. */
export interface Composition {
  /** For the router: SDL with the join directives. */
  supergraphSdl: string
  /** For clients: SDL without a trace of federation. */
  apiSdl: string
  apiSchema: GraphQLSchema
}

/** The fragments do not make a supergraph, or one that breaks a rule of CONVENTIONS.md. */
export class CompositionError extends Error {
  override name = 'CompositionError'
  constructor(readonly problems: readonly string[]) {
    super(problems.map((problem) => `- ${problem}`).join('\n'))
  }
}

/** The fragments of all subgraphs, from `subgraphs/<name>/schema.graphql`. */
export function readSubgraphSchemas(): SubgraphSchema[] {
  return subgraphs.map(({ name }) => ({
    name,
    url: localSubgraphUrl(name),
    sdl: readFileSync(join(projectRoot, 'subgraphs', name, 'schema.graphql'), 'utf8'),
  }))
}

/**
 * Composes the fragments to one supergraph and holds it against the rules.
 *
 * @throws CompositionError naming every problem that was found
 */
export function composeSupergraph(fragments: readonly SubgraphSchema[]): Composition {
  const services = fragments.map(({ sdl, ...rest }) => ({ ...rest, typeDefs: parseFragment(rest.name, sdl) }))
  const result = composeServices(services)
  if (result.errors) throw new CompositionError(result.errors.map((error) => error.message))

  const apiSchema = result.schema.toAPISchema().toGraphQLJSSchema()
  const problems = [
    // Of every level: an enum whose values differ between fragments is no more than a debugging hint to Apollo.
    ...result.hints.map((hint) => `${hint.definition.code}: ${hint.message}`),
    ...services.flatMap(({ name, typeDefs }) => findSubgraphSchemaProblems(name, typeDefs)),
    ...findApiSchemaProblems(apiSchema),
  ]
  if (problems.length > 0) throw new CompositionError(problems)
  return {
    supergraphSdl: `${result.supergraphSdl.trimEnd()}\n`,
    apiSdl: `${printSchema(apiSchema).trimEnd()}\n`,
    apiSchema,
  }
}

function parseFragment(name: string, sdl: string): DocumentNode {
  try {
    return gql(sdl)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const line = error.locations?.[0]?.line
    throw new CompositionError([`[${name}] schema.graphql${line ? `:${line}` : ''}: ${error.message}`])
  }
}
