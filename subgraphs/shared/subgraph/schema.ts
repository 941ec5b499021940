import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLSchemaModule } from '@apollo/subgraph/dist/schema-helper'
import {
  defaultFieldResolver,
  isIntrospectionType,
  isObjectType,
  parse,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../../schema/root'
import type { SubgraphName } from '../../../schema/subgraphs'
import { badUserInput } from '../errors'
import type { RateLimiter } from '../rateLimit/rateLimit'
import { requireWrite, type WriteKinds, type Writer } from '../rateLimit/writeLimits'
import { isWellFormed } from '../text'
import { DateTime } from './dateTime'

export interface SubgraphSchemaOptions {
  name: SubgraphName
  /** Satisfies the generated type `Resolvers` of the subgraph. */
  resolvers: GraphQLSchemaModule['resolvers']
  writeKinds: WriteKinds
  writeLimiter: RateLimiter
}

/** Creates a subgraph's executable schema: its fragment, its resolvers, and the checks that every field shares. */
export function createSubgraphSchema({
  name,
  resolvers,
  writeKinds,
  writeLimiter,
}: SubgraphSchemaOptions): GraphQLSchema {
  const fragment = readFileSync(join(projectRoot, 'subgraphs', name, 'schema.graphql'), 'utf8')
  const schema = buildSubgraphSchema({
    typeDefs: parse(fragment),
    resolvers: { ...resolvers, DateTime },
  })
  limitWrites(schema, writeKinds, writeLimiter)
  checkTexts(schema)
  return schema
}

/**
 * Makes every mutation count as a write before it is resolved.
 *
 * @throws Error for a mutation without a kind
 */
function limitWrites(schema: GraphQLSchema, writeKinds: WriteKinds, limiter: RateLimiter): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const kind = writeKinds[field.name]
    if (kind === undefined) throw new Error(`The mutation ${field.name} has no kind of write.`)
    if (kind === 'own') continue
    const resolve: GraphQLFieldResolver<unknown, Writer> = field.resolve ?? defaultFieldResolver
    const limited: GraphQLFieldResolver<unknown, Writer> = async (source, args, context, info) => {
      await requireWrite(limiter, kind, context)
      return resolve(source, args, context, info)
    }
    field.resolve = limited
  }
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
