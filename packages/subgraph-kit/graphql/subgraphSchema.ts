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

import { requireNotSuspended } from '../../auth'
import { badUserInput, isWellFormed, maxBatchSize, projectRoot, type RateLimiter } from '../../platform'
import { consumeWriteLimit, type WriteKinds, type Writer } from '../rate-limits/writeLimits'
import { DateTime } from './dateTime'

interface SubgraphSchemaOptions {
  name: string
  /** Satisfies the subgraph's generated type `Resolvers`. */
  resolvers: GraphQLSchemaModule['resolvers']
  writeKinds: WriteKinds
  writeLimiter: RateLimiter
  /** The clock; the system clock by default. */
  now?: () => Date
}

/**
 * Creates a subgraph's executable schema from its schema.graphql and its resolvers, with the refusal of suspended writers,
 * write limits and argument checks.
 */
export function createSubgraphSchema({
  name,
  resolvers,
  writeKinds,
  writeLimiter,
  now = () => new Date(),
}: SubgraphSchemaOptions): GraphQLSchema {
  const typeDefs = readFileSync(join(projectRoot, 'subgraphs', name, 'schema.graphql'), 'utf8')
  const schema = buildSubgraphSchema({
    typeDefs: gql(typeDefs),
    resolvers: { ...resolvers, DateTime },
  })
  limitWrites(schema, writeKinds, writeLimiter, now)
  addArgumentChecks(schema)
  return schema
}

/**
 * Makes every mutation check that the viewer is not suspended, and consume its write limit, before it is resolved. Those of
 * the kind `own` are exempt, and those of the kind `account` only consume the limit.
 *
 * @throws Error for a mutation without a kind
 */
function limitWrites(
  schema: GraphQLSchema,
  writeKinds: WriteKinds,
  limiter: RateLimiter,
  now: () => Date,
): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const kind = writeKinds[field.name]
    if (kind === undefined) throw new Error(`The mutation ${field.name} has no kind in writeKinds.`)
    if (kind === 'own') continue
    const resolve: GraphQLFieldResolver<unknown, Writer> = field.resolve ?? defaultFieldResolver
    const limited: GraphQLFieldResolver<unknown, Writer> = async (source, args, context, info) => {
      if (kind !== 'account') requireNotSuspended(context.viewer, now())
      await consumeWriteLimit(limiter, kind, context)
      return resolve(source, args, context, info)
    }
    field.resolve = limited
  }
}

/**
 * The maximum length of a list in the arguments of a query. Mutations check their input with {@link
 * InputValidator.readList}.
 */
const maxListLength = maxBatchSize

/**
 * Adds a check of arguments to every field and subscription: of texts (see {@link isWellFormed}) and of the
 * length of lists.
 */
export function addArgumentChecks(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue
      // Only the router selects `_entities`, for all objects of a response.
      const isUnlimited = type === schema.getMutationType() || field.name === '_entities'
      const maxLength = isUnlimited ? Infinity : maxListLength
      field.resolve = checkArguments(field.resolve ?? defaultFieldResolver, maxLength)
      if (field.subscribe) field.subscribe = checkArguments(field.subscribe, maxLength)
    }
  }
}

type Resolver = GraphQLFieldResolver<unknown, unknown>

/** Wraps a resolver. */
function checkArguments(resolve: Resolver, maxLength: number): Resolver {
  return (source, args, context, info) => {
    requireValid(args, maxLength, [])
    return resolve(source, args, context, info)
  }
}

/** Values of variables that are valid: several fields of an operation may share them. */
const validValues = new WeakSet<object>()

/** @param path of the value; unchanged when this returns */
function requireValid(value: unknown, maxLength: number, path: (string | number)[]): void {
  if (typeof value === 'string') {
    if (!isWellFormed(value))
      throw badUserInput('A text must not contain NUL or half of a surrogate pair.', path)
    return
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return
  if (Array.isArray(value) && value.length > maxLength)
    throw badUserInput(`A list has at most ${maxLength} items.`, path)
  if (validValues.has(value)) return
  const requireItem = (item: unknown, key: string | number) => {
    path.push(key)
    requireValid(item, maxLength, path)
    path.pop()
  }
  if (Array.isArray(value)) value.forEach(requireItem)
  else for (const [name, item] of Object.entries(value)) requireItem(item, name)
  validValues.add(value)
}
