import {
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type ConstDirectiveNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'

import type { Planner } from '../planning/planner'
import { isUnresolvableKey } from '../planning/planRepairs'

/** What the executor asks of the supergraph. */
export interface SupergraphModel {
  /** With what is inaccessible to clients, too. */
  schema: GraphQLSchema
  /** Whether an object of the type satisfies a fragment's condition. */
  satisfiesTypeCondition(typeName: string, condition: string): boolean
  isObjectType(typeName: string): boolean
  isCompositeType(typeName: string): boolean
  /** The keys by which a subgraph resolves a type's entities; empty when it is not known to. */
  entityKeysOf(typeName: string, service: string): readonly SelectionSetNode[]
}

export function createSupergraphModel({ supergraphSdl, supergraphSchema }: Planner): SupergraphModel {
  const keys = readKeys(supergraphSdl)
  return {
    schema: supergraphSchema,
    satisfiesTypeCondition: (typeName, condition) =>
      satisfiesTypeCondition(supergraphSchema, typeName, condition),
    isObjectType: (typeName) => isObjectType(supergraphSchema.getType(typeName)),
    isCompositeType: (typeName) => isCompositeType(supergraphSchema.getType(typeName)),
    entityKeysOf: (typeName, service) => keys.get(`${service} ${typeName}`) ?? [],
  }
}

export function satisfiesTypeCondition(schema: GraphQLSchema, typeName: string, condition: string): boolean {
  if (typeName === condition) return true
  const type = schema.getType(typeName)
  const abstract = schema.getType(condition)
  if (!isObjectType(type) && !isInterfaceType(type)) return false
  return isAbstractType(abstract) && schema.isSubType(abstract, type)
}

/** `@join__type(graph:, key:)` of each type, by `<subgraph's name> <type's name>` (https://specs.apollo.dev/join/v0.3). */
function readKeys(supergraphSdl: string): ReadonlyMap<string, SelectionSetNode[]> {
  const { definitions } = parse(supergraphSdl, { noLocation: true })
  const names = new Map<string, string>()
  for (const definition of definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue
    for (const { name, directives = [] } of definition.values ?? []) {
      const graph = directives.find((directive) => directive.name.value === 'join__graph')
      names.set(name.value, (graph && argumentOf(graph, 'name')) ?? name.value)
    }
  }
  const keys = new Map<string, SelectionSetNode[]>()
  for (const definition of definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION)
      continue
    for (const directive of definition.directives ?? []) {
      const isType = directive.name.value === 'join__type'
      const key = isType && !isUnresolvableKey(directive) ? argumentOf(directive, 'key') : undefined
      const selections = key === undefined ? undefined : parseSelections(key)
      if (!selections) continue
      const graph = argumentOf(directive, 'graph') ?? ''
      const place = `${names.get(graph) ?? graph} ${definition.name.value}`
      keys.set(place, [...(keys.get(place) ?? []), selections])
    }
  }
  return keys
}

function argumentOf(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value
  return value && 'value' in value && typeof value.value === 'string' ? value.value : undefined
}

function parseSelections(text: string): SelectionSetNode | undefined {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet : undefined
}
