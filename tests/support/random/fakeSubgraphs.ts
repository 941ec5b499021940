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

/** How a subgraph responds to failures: properly, as a GraphQL server that propagates nulls, or with the raw invalid values. */
export type ResolverMode = 'proper' | 'raw'

interface Context {
  fakeData: FakeData
  /** The invalid values to insert into a raw response. */
  patches: { path: readonly (string | number)[]; raw: unknown }[]
}

/** Creates the subgraphs in memory, for any fake data. */
export function createFakeSubgraphs({ subgraphs, findOwner }: FederatedSchema) {
  const schemas = new Map(
    [...subgraphs].map(([name, sdl]) => [
      name,
      {
        proper: createSchema(name, sdl, 'proper', findOwner),
        raw: createSchema(name, sdl, 'raw', findOwner),
      },
    ]),
  )
  return (fakeData: FakeData, mode: ResolverMode): SendToSubgraph =>
    async (service, body) => {
      const { outage } = fakeData.faults
      if (outage?.service === service) {
        if (outage.kind === 'unreachable') throw createSubgraphError('SUBGRAPH_UNAVAILABLE', service)
        return { data: null, errors: [{ message: 'Not for you.', extensions: { code: 'FORBIDDEN' } }] }
      }
      const schema = schemas.get(service)?.[mode]
      if (!schema) throw new Error(`There is no subgraph ${service}.`)
      const { query, variables, operationName } = JSON.parse(body) as {
        query: string
        variables?: Record<string, unknown>
        operationName?: string
      }
      const contextValue: Context = { fakeData, patches: [] }
      const response = await graphql({
        schema,
        source: query,
        variableValues: variables,
        operationName,
        contextValue,
      })
      const copy = JSON.parse(JSON.stringify(response)) as SubgraphResponse
      for (const { path, raw } of contextValue.patches) patch(copy, ['data', ...path], raw)
      return copy
    }
}

function createSchema(
  service: string,
  sdl: string,
  mode: ResolverMode,
  findOwner: FederatedSchema['findOwner'],
): GraphQLSchema {
  const typeDefs = parse(sdl)
  const schema = buildSubgraphSchema({ typeDefs: mode === 'raw' ? nullableFields(typeDefs) : typeDefs })
  const strict = mode === 'raw' ? buildSubgraphSchema({ typeDefs }) : schema
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) type.resolveType = ({ type: name }: FakeObject) => name
    const declared = strict.getType(type.name)
    if (!isObjectType(type) || !isObjectType(declared) || isIntrospectionType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const output = declared.getFields()[field.name]?.type
      if (!output || field.name.startsWith('_')) continue
      field.resolve = (
        parent: FakeObject | undefined,
        args: object,
        { fakeData, patches }: Context,
        info,
      ) => {
        const object = parent ?? { type: type.name, key: '', service }
        if (field.name === 'id' && object.id !== undefined) return object.id
        const drawn = fakeData.field(object, field.name, args, output, service)
        return resolve(drawn, responsePathAsArray(info.path), mode, patches)
      }
    }
  }
  const entities = schema.getQueryType()?.getFields()['_entities']
  if (entities) entities.resolve = resolveEntities(service, findOwner)
  return schema
}

function resolveEntities(
  service: string,
  findOwner: FederatedSchema['findOwner'],
): GraphQLFieldResolver<unknown, Context, { representations: { __typename: string; id: string }[] }> {
  return (_, { representations }, { fakeData }) =>
    representations.map(({ __typename, id }) => {
      const entity = fakeData.entity(__typename, id, service)
      return findOwner(entity.type) === service && !fakeData.exists(entity.type, id) ? null : entity
    })
}

function resolve(
  drawn: DrawnValue,
  path: readonly (string | number)[],
  mode: ResolverMode,
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
      if (mode === 'proper') return new Error('The value has another type')
      patches.push({ path, raw: drawn.raw })
      return null
    case 'leaf':
      return drawn.value
    case 'object':
      return drawn.object
    case 'list':
      return drawn.elements.map((element, index) => resolve(element, [...path, index], mode, patches))
  }
}

function patch(target: unknown, path: readonly (string | number)[], value: unknown): void {
  const [last, ...parents] = [...path].reverse()
  let parent: unknown = target
  for (const step of parents.reverse()) parent = Reflect.get(Object(parent), step)
  if (last !== undefined) Reflect.set(Object(parent), last, value)
}
