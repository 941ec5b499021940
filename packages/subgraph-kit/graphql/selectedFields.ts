import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from 'graphql'

import type { SelectedFields } from '../selectedFields'

/** By field of a document, which Apollo Server parses once: the fields by the name of their type. */
const known = new WeakMap<FieldNode, Map<string, SelectedFields>>()

type Operation = Pick<GraphQLResolveInfo, 'schema' | 'fragments'>

/**
 * Returns which fields of the objects of a type an operation selects below a field, also through fragments and the parts of a
 * connection. The selections of these objects' own fields are not included: their resolvers have an info of their own. Conditions
 * (`@skip`, `@include`) count as fulfilled.
 */
export function readSelectedFields(info: GraphQLResolveInfo, typeName: string): SelectedFields {
  const [first, ...others] = info.fieldNodes.map((node) => readFromNode(node, info, typeName))
  if (!first) return new Set()
  return others.length === 0 ? first : new Set([first, ...others].flatMap((fields) => [...fields]))
}

function readFromNode(node: FieldNode, info: GraphQLResolveInfo, typeName: string): SelectedFields {
  const byType = known.get(node) ?? new Map<string, SelectedFields>()
  known.set(node, byType)
  const found = byType.get(typeName)
  if (found) return found
  const fields = new Set<string>()
  if (node.selectionSet) addFields(fields, node.selectionSet, getNamedType(info.returnType), info, typeName)
  byType.set(typeName, fields)
  return fields
}

function addFields(
  fields: Set<string>,
  { selections }: SelectionSetNode,
  parent: GraphQLNamedType,
  operation: Operation,
  typeName: string,
): void {
  const { schema, fragments } = operation
  const addFragment = (selectionSet: SelectionSetNode, condition: string | undefined) => {
    const type = condition === undefined ? parent : schema.getType(condition)
    if (type) addFields(fields, selectionSet, type, operation, typeName)
  }
  for (const selection of selections) {
    switch (selection.kind) {
      case Kind.FIELD: {
        if (mayBe(parent, typeName, operation)) fields.add(selection.name.value)
        else if (selection.selectionSet && (isObjectType(parent) || isInterfaceType(parent))) {
          const field = parent.getFields()[selection.name.value]
          if (field) addFields(fields, selection.selectionSet, getNamedType(field.type), operation, typeName)
        }
        break
      }
      case Kind.INLINE_FRAGMENT:
        addFragment(selection.selectionSet, selection.typeCondition?.name.value)
        break
      case Kind.FRAGMENT_SPREAD: {
        const fragment = fragments[selection.name.value]
        if (fragment) addFragment(fragment.selectionSet, fragment.typeCondition.name.value)
      }
    }
  }
}

/** Returns whether objects of the type, which has this name, can be selected as `parent`. */
function mayBe(parent: GraphQLNamedType, typeName: string, { schema }: Operation): boolean {
  if (parent.name === typeName) return true
  const type = schema.getType(typeName)
  return isAbstractType(parent) && isObjectType(type) && schema.isSubType(parent, type)
}
