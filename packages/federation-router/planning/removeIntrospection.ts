import { Kind, visit, type DocumentNode } from 'graphql'

import { fillEmptySelectionSet, forEachSelection } from './selections'

/**
 * Removes `__schema` and `__type` from a document, and fragments on the types of introspection. The executor resolves these
 * fields from the schema; Apollo's planner does not know the newest of them.
 */
export function removeIntrospection(document: DocumentNode): DocumentNode {
  if (!selectsSchema(document)) return document
  return visit(document, {
    Field: ({ name }) => (isSchemaMetaField(name.value) ? null : undefined),
    FragmentDefinition: {
      enter: ({ typeCondition }) => (typeCondition.name.value.startsWith('__') ? null : undefined),
    },
    SelectionSet: { leave: fillEmptySelectionSet },
  })
}

function selectsSchema(document: DocumentNode): boolean {
  let found = false
  forEachSelection(document, (selection) => {
    found ||= selection.kind === Kind.FIELD && isSchemaMetaField(selection.name.value)
  })
  return found
}

/** Returns whether a field of the query root returns the schema (https://spec.graphql.org/October2021/#sec-Schema-Introspection). */
export function isSchemaMetaField(name: string): boolean {
  return name === '__schema' || name === '__type'
}
