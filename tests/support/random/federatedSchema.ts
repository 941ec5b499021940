import { composeServices } from '@apollo/composition'
import {
  buildSchema,
  isObjectType,
  Kind,
  parse,
  printSchema,
  type DefinitionNode,
  type GraphQLSchema,
} from 'graphql'

import { composeSupergraph, readSubgraphSchemas } from '../../../schema/composition'
import { overlappingSubgraphs } from './overlappingSchema'

/** A federated schema with the metadata that the random tests need. */
export interface FederatedSchema {
  supergraph: string
  api: GraphQLSchema
  /** The SDL of each subgraph, by name. */
  subgraphs: ReadonlyMap<string, string>
  /** Returns the subgraph that defines an entity type; the others extend it. */
  findOwner(type: string): string | undefined
  /** Returns the subgraph that resolves a field; undefined for a field that any subgraph resolves which returns the object. */
  findResolver(type: string, field: string): string | undefined
  /** Returns the object types of a union or interface in a subgraph; none for other types. */
  listMembers(service: string, type: string): readonly string[]
}

/** Composes the schema of the repository. */
export function readFederatedSchema(): FederatedSchema {
  const subgraphs = readSubgraphSchemas()
  const { supergraphSdl, apiSdl } = composeSupergraph(subgraphs)
  return createFederatedSchema(supergraphSdl, apiSdl, new Map(subgraphs.map(({ name, sdl }) => [name, sdl])))
}

/** Composes a schema of unions and interfaces. */
export function composeOverlappingSchema(): FederatedSchema {
  const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@interfaceObject"])`
  const subgraphs = new Map(
    Object.entries(overlappingSubgraphs).map(([name, sdl]) => [name, `${link}\n${sdl}`]),
  )
  const result = composeServices(
    [...subgraphs].map(([name, sdl]) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(sdl) })),
  )
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'))
  const api = printSchema(result.schema.toAPISchema().toGraphQLJSSchema())
  return createFederatedSchema(result.supergraphSdl, api, subgraphs)
}

/** A field that several subgraphs resolve is a key, or belongs to a shared type. */
function createFederatedSchema(
  supergraph: string,
  api: string,
  subgraphs: ReadonlyMap<string, string>,
): FederatedSchema {
  const resolvers = new Map<string, string[]>()
  const owners = new Map<string, string>()
  const members = new Map<string, string[]>()
  const add = (map: Map<string, string[]>, key: string, value: string) =>
    map.set(key, [...(map.get(key) ?? []), value])

  for (const [name, sdl] of subgraphs) {
    for (const definition of parse(sdl).definitions) {
      if (definition.kind === Kind.UNION_TYPE_DEFINITION)
        for (const member of definition.types ?? [])
          add(members, `${name} ${definition.name.value}`, member.name.value)
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue
      const type = definition.name.value
      const { interfaces = [], fields = [] } = definition
      if (hasDirective(definition, 'key') && interfaces.length > 0 && !owners.has(type))
        owners.set(type, name)
      for (const each of interfaces) add(members, `${name} ${each.name.value}`, type)
      for (const field of fields) add(resolvers, `${type}.${field.name.value}`, name)
    }
  }
  // The owner of an entity is the first subgraph that has its type with interfaces: the subgraph `texts` adds another one.
  const schema = buildSchema(api)
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && owners.has(type.name)) resolvers.delete(`${type.name}.id`)
  }

  function listResolvers(type: string, field: string): readonly string[] {
    const own = resolvers.get(`${type}.${field}`)
    const declared = schema.getType(type)
    if (own || !isObjectType(declared)) return own ?? []
    // An interface object adds the field to all members.
    return declared.getInterfaces().flatMap(({ name }) => resolvers.get(`${name}.${field}`) ?? [])
  }

  return {
    supergraph,
    api: schema,
    subgraphs,
    findOwner: (type) => owners.get(type),
    findResolver(type, field) {
      const names = listResolvers(type, field)
      return names.length === 1 ? names[0] : undefined
    },
    listMembers: (service, type) => members.get(`${service} ${type}`) ?? [],
  }
}

const hasDirective = (definition: DefinitionNode, name: string): boolean =>
  'directives' in definition && (definition.directives ?? []).some((each) => each.name.value === name)
