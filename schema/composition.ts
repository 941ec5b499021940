import { composeServices } from '@apollo/composition'
import { GraphQLError, printSchema, type DocumentNode } from 'graphql'
import { gql } from 'graphql-tag'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { findApiSchemaProblems } from './rules/apiSchema'
import { findSubgraphSchemaProblems } from './rules/subgraphSchema'
import { projectRoot } from '../packages/platform'
import { nodeSubgraph } from './node'
import { localSubgraphUrl, subgraphs } from './subgraphs'

export interface SubgraphSchema {
  name: string
  /** The URL of the subgraph in the supergraph. */
  url: string
  sdl: string
}

interface Composition {
  /** For the router, with the join directives. */
  supergraphSdl: string
  /** For clients, without federation. */
  apiSdl: string
}

/** The schemas cannot be composed, or break a rule of CONVENTIONS.md. */
export class CompositionError extends Error {
  override name = 'CompositionError'
  constructor(readonly problems: readonly string[]) {
    super(problems.map((problem) => `- ${problem}`).join('\n'))
  }
}

/** Reads `subgraphs/<name>/schema.graphql` of all subgraphs, and the schema of the one that the router executes. */
export function readSubgraphSchemas(): SubgraphSchema[] {
  const read = (...path: string[]) => readFileSync(join(projectRoot, ...path), 'utf8')
  return [
    ...subgraphs.map(({ name }) => ({
      name,
      url: localSubgraphUrl(name),
      sdl: read('subgraphs', name, 'schema.graphql'),
    })),
    { ...nodeSubgraph, sdl: read('schema', 'node.graphql') },
  ]
}

/**
 * Composes the schemas and checks the rules of CONVENTIONS.md.
 *
 * @throws CompositionError with every problem
 */
export function composeSupergraph(schemas: readonly SubgraphSchema[]): Composition {
  const services = schemas.map(({ sdl, ...rest }) => ({ ...rest, typeDefs: parseSchema(rest.name, sdl) }))
  const result = composeServices(services)
  if (result.errors) throw new CompositionError(result.errors.map((error) => error.message))

  const apiSchema = result.schema.toAPISchema().toGraphQLJSSchema()
  const problems = [
    // Hints of every level: to Apollo, an enum whose values differ between subgraphs is only a debugging hint.
    ...result.hints.map((hint) => `${hint.definition.code}: ${hint.message}`),
    ...services.flatMap(({ name, typeDefs }) => findSubgraphSchemaProblems(name, typeDefs)),
    ...findApiSchemaProblems(apiSchema),
  ]
  if (problems.length > 0) throw new CompositionError(problems)
  return {
    supergraphSdl: `${result.supergraphSdl.trimEnd()}\n`,
    apiSdl: `${printSchema(apiSchema).trimEnd()}\n`,
  }
}

function parseSchema(name: string, sdl: string): DocumentNode {
  try {
    return gql(sdl)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const line = error.locations?.[0]?.line
    throw new CompositionError([`[${name}] schema.graphql${line ? `:${line}` : ''}: ${error.message}`])
  }
}
