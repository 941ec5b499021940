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

import { projectRoot } from '../../platform/config/projectRoot'
import type { SubgraphName } from '../../platform/config/subgraphs'
import { badUserInput } from '../../platform/errors'
import type { RateLimiter } from '../../platform/rate-limits/rateLimiter'
import { consumeWriteLimit, type WriteKinds, type Writer } from '../rate-limits/writeLimits'
import { isWellFormed } from '../../platform/text/text'
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
    typeDefs: gql(fragment),
    resolvers: { ...resolvers, DateTime },
  })
  limitWrites(schema, writeKinds, writeLimiter)
  addArgumentChecks(schema)
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
      await consumeWriteLimit(limiter, kind, context)
      return resolve(source, args, context, info)
    }
    field.resolve = limited
  }
}

/** The longest list that a query takes. Mutations check the lists of their input themselves, with `InputCheck.list`. */
const maxListLength = 500

/**
 * Lets no field and no subscription see a text that cannot be stored and shown (see {@link isWellFormed}), nor a list that is
 * too long.
 */
export function addArgumentChecks(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue
      // Only the router asks for entities, for as many as its bulk of pages has.
      const takesAnyLength = type === schema.getMutationType() || field.name === '_entities'
      const maxLength = takesAnyLength ? Infinity : maxListLength
      field.resolve = withCheckedArguments(field.resolve ?? defaultFieldResolver, maxLength)
      if (field.subscribe) field.subscribe = withCheckedArguments(field.subscribe, maxLength)
    }
  }
}

type Resolver = GraphQLFieldResolver<unknown, unknown>

function withCheckedArguments(resolve: Resolver, maxLength: number): Resolver {
  return (source, args, context, info) => {
    requireValid(args, maxLength, [])
    return resolve(source, args, context, info)
  }
}

/** Values of variables that were found valid: several fields of an operation may share them. */
const valid = new WeakSet<object>()

/** @param path where the value is, restored before this returns */
function requireValid(value: unknown, maxLength: number, path: (string | number)[]): void {
  if (typeof value === 'string') {
    if (!isWellFormed(value))
      throw badUserInput('A text must not contain NUL or half of a surrogate pair.', path)
    return
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return
  if (Array.isArray(value) && value.length > maxLength)
    throw badUserInput(`A list has at most ${maxLength} items.`, path)
  if (valid.has(value)) return
  const requireItem = (item: unknown, key: string | number) => {
    path.push(key)
    requireValid(item, maxLength, path)
    path.pop()
  }
  if (Array.isArray(value)) value.forEach(requireItem)
  else for (const [name, item] of Object.entries(value)) requireItem(item, name)
  valid.add(value)
}
