import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLSchemaModule } from '@apollo/subgraph/dist/schema-helper'
import {
  defaultFieldResolver,
  isIntrospectionType,
  isObjectType,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql'
import { gql } from 'graphql-tag'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../../schema/root'
import type { SubgraphName } from '../../../schema/subgraphs'
import { badUserInput } from '../errors'
import { isWellFormed } from '../text'
import { DateTime } from './dateTime'

/**
 * A subgraph's executable schema: its fragment, its resolvers, and the checks that every field shares.
 *
 * @param resolvers what satisfies the generated type `Resolvers` of the subgraph
 */
export function createSubgraphSchema(
  name: SubgraphName,
  resolvers: GraphQLSchemaModule['resolvers'],
): GraphQLSchema {
  const fragment = readFileSync(join(projectRoot, 'subgraphs', name, 'schema.graphql'), 'utf8')
  const schema = buildSubgraphSchema({
    typeDefs: gql(fragment),
    resolvers: { ...resolvers, DateTime },
  })
  checkTexts(schema)
  return schema
}

/** Lets no field and no subscription see a text that cannot be stored and shown; see {@link isWellFormed}. */
export function checkTexts(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue
      field.resolve = withCheckedTexts(field.resolve ?? defaultFieldResolver)
      if (field.subscribe) field.subscribe = withCheckedTexts(field.subscribe)
    }
  }
}

type Resolver = GraphQLFieldResolver<unknown, unknown>

function withCheckedTexts(resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    requireWellFormed(args, [])
    return resolve(source, args, context, info)
  }
}

function requireWellFormed(value: unknown, path: readonly (string | number)[]): void {
  if (typeof value === 'string') {
    if (!isWellFormed(value))
      throw badUserInput('A text must not contain NUL or half of a surrogate pair.', path)
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => requireWellFormed(item, [...path, index]))
  } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [name, item] of Object.entries(value)) requireWellFormed(item, [...path, name])
  }
}
