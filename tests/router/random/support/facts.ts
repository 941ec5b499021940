import { buildSchema, isObjectType, parse, type GraphQLSchema } from 'graphql'
import { Kind } from 'graphql'

import { composeFragments, readFragments } from '../../../../schema/composition'

/** The contract as the random tests need it. */
export interface Facts {
  supergraph: string
  api: GraphQLSchema
  /** The SDL of each subgraph, by its name. */
  fragments: ReadonlyMap<string, string>
  /** The subgraph that says what an entity type is, rather than adding fields to it. */
  ownerOf(type: string): string | undefined
  /** The subgraph that resolves a field; undefined where whoever gave the object does. */
  resolverOf(type: string, field: string): string | undefined
}

/** Composes the schema of the repository. What two subgraphs resolve is a key, or of a shared type. */
export function readFacts(): Facts {
  const fragments = readFragments()
  const { supergraph, api } = composeFragments(fragments)
  const resolvers = new Map<string, string[]>()
  const owners = new Map<string, string>()
  for (const { name, sdl } of fragments) {
    for (const definition of parse(sdl).definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue
      const type = definition.name.value
      const isEntity = definition.directives?.some((directive) => directive.name.value === 'key')
      if (isEntity && definition.interfaces?.length) owners.set(type, name)
      for (const field of definition.fields ?? []) {
        const coordinate = `${type}.${field.name.value}`
        resolvers.set(coordinate, [...(resolvers.get(coordinate) ?? []), name])
      }
    }
  }
  const schema = buildSchema(api)
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && owners.has(type.name)) resolvers.delete(`${type.name}.id`)
  }
  return {
    supergraph,
    api: schema,
    fragments: new Map(fragments.map(({ name, sdl }) => [name, sdl])),
    ownerOf: (type) => owners.get(type),
    resolverOf(type, field) {
      const names = resolvers.get(`${type}.${field}`) ?? []
      return names.length === 1 ? names[0] : undefined
    },
  }
}
