import {
  getNamedType,
  isCompositeType,
  isUnionType,
  Kind,
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

import { narrowType } from '../planning/narrowType'
import { fragmentsByName } from '../planning/selections'
import type { AccessRequirement, AccessRequirements } from '../supergraph/accessRequirements'

/** Lists the requirements of the fields of an operation, each once. */
export function listOperationRequirements(
  requirements: AccessRequirements,
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly AccessRequirement[] {
  const fragments = fragmentsByName(document)
  const opened = new Set<string>()
  const found = new Map<string, AccessRequirement>()

  function add(typeName: string, fieldName: string): void {
    for (const each of requirements.listForField(typeName, fieldName)) found.set(each.id, each)
  }

  function open({ selections }: SelectionSetNode, type: GraphQLCompositeType): void {
    for (const selection of selections)
      switch (selection.kind) {
        case Kind.FIELD: {
          const name = selection.name.value
          if (name.startsWith('__')) break
          add(type.name, name)
          const definition = isUnionType(type) ? undefined : type.getFields()[name]
          const returned = definition && getNamedType(definition.type)
          if (!selection.selectionSet || !isCompositeType(returned)) break
          open(selection.selectionSet, returned)
          break
        }
        case Kind.INLINE_FRAGMENT:
          open(selection.selectionSet, narrowType(schema, type, selection.typeCondition))
          break
        case Kind.FRAGMENT_SPREAD: {
          const fragment = fragments.get(selection.name.value)
          if (!fragment || opened.has(fragment.name.value)) break
          opened.add(fragment.name.value)
          open(fragment.selectionSet, narrowType(schema, type, fragment.typeCondition))
        }
      }
  }

  const root = schema.getRootType(operation.operation)
  if (root) open(operation.selectionSet, root)
  return [...found.values()]
}
