import {
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  parse,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'

import {
  isComposedType,
  isKeyDirective,
  isUnresolvableKey,
  parseFieldSet,
  readArgument,
  readSubgraphNames,
} from './joinDirectives'

/** The facts about a supergraph that executing a plan needs. */
export interface SupergraphModel {
  /** The schema with the elements that clients cannot access. */
  schema: GraphQLSchema
  /** Returns whether objects of a type satisfy the type condition of a fragment. */
  satisfiesTypeCondition(typeName: string, condition: string): boolean
  isObjectType(typeName: string): boolean
  isCompositeType(typeName: string): boolean
  /** Returns the keys by which a subgraph resolves entities of a type. */
  getEntityKeys(typeName: string, service: string): readonly SelectionSetNode[]
}

interface SupergraphSource {
  /** The SDL of the supergraph. */
  supergraphSdl: string
  /** The same as a schema, with the elements that clients cannot access. */
  supergraphSchema: GraphQLSchema
}

export function createSupergraphModel(source: SupergraphSource): SupergraphModel {
  const { supergraphSdl, supergraphSchema } = source
  const keys = readKeys(supergraphSdl)
  return {
    schema: supergraphSchema,
    satisfiesTypeCondition: (typeName, condition) =>
      satisfiesTypeCondition(supergraphSchema, typeName, condition),
    isObjectType: (typeName) => isObjectType(supergraphSchema.getType(typeName)),
    isCompositeType: (typeName) => isCompositeType(supergraphSchema.getType(typeName)),
    getEntityKeys: (typeName, service) => keys.get(`${service} ${typeName}`) ?? [],
  }
}

/** Returns whether objects of a type satisfy a type condition (https://spec.graphql.org/October2021/#DoesFragmentTypeApply()). */
export function satisfiesTypeCondition(schema: GraphQLSchema, typeName: string, condition: string): boolean {
  if (typeName === condition) return true
  const type = schema.getType(typeName)
  const abstract = schema.getType(condition)
  if (!isObjectType(type) && !isInterfaceType(type)) return false
  return isAbstractType(abstract) && schema.isSubType(abstract, type)
}

/** Reads the resolvable keys of each type, by `<name of the subgraph> <name of the type>`. */
function readKeys(supergraphSdl: string): ReadonlyMap<string, SelectionSetNode[]> {
  const document = parse(supergraphSdl, { noLocation: true })
  const names = readSubgraphNames(document)
  const keys = new Map<string, SelectionSetNode[]>()
  for (const { name, directives = [] } of document.definitions.filter(isComposedType)) {
    for (const directive of directives) {
      if (!isKeyDirective(directive) || isUnresolvableKey(directive)) continue
      const graph = readArgument(directive, 'graph') ?? ''
      const owner = `${names.get(graph) ?? graph} ${name.value}`
      const key = parseFieldSet(readArgument(directive, 'key') ?? '')
      keys.set(owner, [...(keys.get(owner) ?? []), key])
    }
  }
  return keys
}
