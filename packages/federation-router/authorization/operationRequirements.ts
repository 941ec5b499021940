import {
  getNamedType,
  isCompositeType,
  isUnionType,
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

import { fragmentsByName } from '../planning/selections'
import { forEachTypedField } from '../planning/typedFields'
import type { AccessRequirement, AccessRequirements } from '../supergraph/accessRequirements'

/** Lists the requirements of the fields of an operation, each once. */
export function listOperationRequirements(
  requirements: AccessRequirements,
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly AccessRequirement[] {
  const options = { schema, fragments: fragmentsByName(document), visited: new Set<string>() }
  const found = new Map<string, AccessRequirement>()

  function addRequirements(set: SelectionSetNode, type: GraphQLCompositeType): void {
    forEachTypedField(set, type, options, ({ name: { value: name }, selectionSet }, parent) => {
      if (name.startsWith('__')) return
      for (const each of requirements.listForField(parent.name, name)) found.set(each.id, each)
      const definition = isUnionType(parent) ? undefined : parent.getFields()[name]
      const returned = definition && getNamedType(definition.type)
      if (selectionSet && isCompositeType(returned)) addRequirements(selectionSet, returned)
    })
  }

  const root = schema.getRootType(operation.operation)
  if (root) addRequirements(operation.selectionSet, root)
  return [...found.values()]
}
