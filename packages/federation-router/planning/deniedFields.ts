import {
  getNamedType,
  isCompositeType,
  isUnionType,
  Kind,
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

import { narrowType } from './narrowType'
import { fragmentsByName, typenameSet } from './selections'

/** Returns whether a viewer may read a field of a type. */
export type AllowsField = (typeName: string, fieldName: string) => boolean

/** A document, and the part of it that a viewer may read. */
interface AllowedDocument {
  /** The document without the fields that the viewer may not read. */
  document: DocumentNode
  /** The fields that were removed. Those below them are not listed. */
  denied: ReadonlySet<FieldNode>
}

/**
 * Removes the fields that a viewer may not read. The type of a field's object is that of the selection around it, so that a field of an
 * interface is removed if the viewer may not read it of every object. `__typename` stays: to remove it would make the open objects of an
 * abstract type null as well. Members of a union, and of an interface without requirements, are therefore visible by type: restrict the field
 * that returns them to hide them.
 */
export function removeDeniedFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  allowsField: AllowsField,
): AllowedDocument {
  const fragments = fragmentsByName(document)
  const denied = new Set<FieldNode>()
  const filtered = new Map<string, SelectionSetNode | undefined>()

  function filterSet(set: SelectionSetNode, type: GraphQLCompositeType): SelectionSetNode | undefined {
    const selections = set.selections.flatMap((selection) => filterSelection(selection, type) ?? [])
    return selections.length === 0 ? undefined : { ...set, selections }
  }

  function filterSelection(selection: SelectionNode, type: GraphQLCompositeType): SelectionNode | undefined {
    switch (selection.kind) {
      case Kind.FIELD:
        return filterField(selection, type)
      case Kind.INLINE_FRAGMENT: {
        const selectionSet = filterSet(
          selection.selectionSet,
          narrowType(schema, type, selection.typeCondition),
        )
        return selectionSet && { ...selection, selectionSet }
      }
      case Kind.FRAGMENT_SPREAD:
        return filterFragment(selection.name.value) && selection
    }
  }

  function filterField(field: FieldNode, type: GraphQLCompositeType): FieldNode | undefined {
    const name = field.name.value
    if (name.startsWith('__')) return field
    if (!allowsField(type.name, name)) {
      denied.add(field)
      return undefined
    }
    const definition = isUnionType(type) ? undefined : type.getFields()[name]
    const returned = definition && getNamedType(definition.type)
    if (!field.selectionSet || !isCompositeType(returned)) return field
    return { ...field, selectionSet: filterSet(field.selectionSet, returned) ?? typenameSet }
  }

  function filterFragment(name: string): SelectionSetNode | undefined {
    if (filtered.has(name)) return filtered.get(name)
    const fragment = fragments.get(name)
    const type = fragment && schema.getType(fragment.typeCondition.name.value)
    const set = fragment && isCompositeType(type) ? filterSet(fragment.selectionSet, type) : undefined
    filtered.set(name, set)
    return set
  }

  const definitions = document.definitions.flatMap((definition): readonly DefinitionNode[] => {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      const selectionSet = filterFragment(definition.name.value)
      return selectionSet ? [{ ...definition, selectionSet }] : []
    }
    const type = definition.kind === Kind.OPERATION_DEFINITION && schema.getRootType(definition.operation)
    if (definition.kind !== Kind.OPERATION_DEFINITION || !type) return [definition]
    return [{ ...definition, selectionSet: filterSet(definition.selectionSet, type) ?? typenameSet }]
  })
  return { document: denied.size === 0 ? document : { ...document, definitions }, denied }
}
