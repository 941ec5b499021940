import { buildSubgraphSchema } from '@apollo/subgraph'
import {
  graphql,
  GraphQLError,
  isAbstractType,
  isIntrospectionType,
  isObjectType,
  parse,
  responsePathAsArray,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql'

import { createSubgraphError } from '../../../packages/federation-router/transport/subgraphErrors'
import type { SendToSubgraph, SubgraphResponse } from '../federation/inMemorySubgraphs'
import type { FederatedSchema } from './federatedSchema'
import { nullableFields } from './nullableSchema'
import type { DrawnValue, FakeObject, FakeData } from './fakeData'

/**
 * How a subgraph tells of what goes wrong: as a GraphQL server does, which holds its own types and null-propagates
 * itself; or raw, as it is, so that the router must see it.
 */
export type ResolverMode = 'proper' | 'raw'

interface Context {
  world: FakeData
  /** What to put in at a path of a raw answer. */
  patches: { path: readonly (string | number)[]; raw: unknown }[]
}

/** The four subgraphs in memory, over the data of any world. */
export function createFakeSubgraphs({ fragments, ownerOf }: FederatedSchema) {
  const schemas = new Map(
    [...fragments].map(([name, sdl]) => [
      name,
      { proper: createSchema(name, sdl, 'proper', ownerOf), raw: createSchema(name, sdl, 'raw', ownerOf) },
    ]),
  )
  return (world: FakeData, manner: ResolverMode): SendToSubgraph =>
    async (service, body) => {
      const { outage } = world.faults
      if (outage?.service === service) {
        if (outage.kind === 'unreachable') throw createSubgraphError('SUBGRAPH_UNAVAILABLE', service)
        return { data: null, errors: [{ message: 'Not for you.', extensions: { code: 'FORBIDDEN' } }] }
      }
      const schema = schemas.get(service)?.[manner]
      if (!schema) throw new Error(`There is no subgraph ${service}`)
      const { query, variables, operationName } = JSON.parse(body) as {
        query: string
        variables?: Record<string, unknown>
        operationName?: string
      }
      const contextValue: Context = { world, patches: [] }
      const answer = await graphql({
        schema,
        source: query,
        variableValues: variables,
        operationName,
        contextValue,
      })
      const copy = JSON.parse(JSON.stringify(answer)) as SubgraphResponse
      for (const { path, raw } of contextValue.patches) patch(copy, ['data', ...path], raw)
      return copy
    }
}

function createSchema(
  service: string,
  sdl: string,
  manner: ResolverMode,
  ownerOf: FederatedSchema['ownerOf'],
): GraphQLSchema {
  const typeDefs = parse(sdl)
  const schema = buildSubgraphSchema({ typeDefs: manner === 'raw' ? nullableFields(typeDefs) : typeDefs })
  const strict = manner === 'raw' ? buildSubgraphSchema({ typeDefs }) : schema
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) type.resolveType = ({ type: name }: FakeObject) => name
    const declared = strict.getType(type.name)
    if (!isObjectType(type) || !isObjectType(declared) || isIntrospectionType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const output = declared.getFields()[field.name]?.type
      if (!output || field.name.startsWith('_')) continue
      field.resolve = (parent: FakeObject | undefined, args: object, { world, patches }: Context, info) => {
        const object = parent ?? { type: type.name, key: '', service }
        if (field.name === 'id' && object.id !== undefined) return object.id
        const drawn = world.field(object, field.name, args, output, service)
        return resolved(drawn, responsePathAsArray(info.path), manner, patches)
      }
    }
  }
  const entities = schema.getQueryType()?.getFields()['_entities']
  if (entities) entities.resolve = resolveEntities(service, ownerOf)
  return schema
}

function resolveEntities(
  service: string,
  ownerOf: FederatedSchema['ownerOf'],
): GraphQLFieldResolver<unknown, Context, { representations: { __typename: string; id: string }[] }> {
  return (_, { representations }, { world }) =>
    representations.map(({ __typename, id }) => {
      const entity = world.entity(__typename, id, service)
      return ownerOf(entity.type) === service && !world.exists(entity.type, id) ? null : entity
    })
}

function resolved(
  drawn: DrawnValue,
  path: readonly (string | number)[],
  manner: ResolverMode,
  patches: Context['patches'],
): unknown {
  switch (drawn.kind) {
    case 'null':
    case 'illegal null':
      return null
    case 'error': {
      const { code } = drawn
      return new GraphQLError(`Failed with ${code}`, { extensions: { code } })
    }
    case 'wrong':
      if (manner === 'proper') return new Error('Of a wrong type')
      patches.push({ path, raw: drawn.raw })
      return null
    case 'leaf':
      return drawn.value
    case 'object':
      return drawn.object
    case 'list':
      return drawn.elements.map((element, index) => resolved(element, [...path, index], manner, patches))
  }
}

function patch(target: unknown, path: readonly (string | number)[], value: unknown): void {
  const [last, ...parents] = [...path].reverse()
  let place: unknown = target
  for (const step of parents.reverse()) place = Reflect.get(Object(place), step)
  if (last !== undefined) Reflect.set(Object(place), last, value)
}
