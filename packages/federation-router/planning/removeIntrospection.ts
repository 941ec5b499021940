import { Kind, visit, type DocumentNode, type FieldNode, type SelectionSetNode } from 'graphql'

import { forEachSelection } from './selections'

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }

/**
 * A document without the fields that ask for the schema: they are answered from the schema itself, and Apollo's planner
 * does not know the newest of them. Fragments on the types of introspection go with them.
 */
export function removeIntrospection(document: DocumentNode): DocumentNode {
  if (!asksForSchema(document)) return document
  return visit(document, {
    Field: ({ name }) => (isSchemaMetaField(name.value) ? null : undefined),
    FragmentDefinition: {
      enter: ({ typeCondition }) => (typeCondition.name.value.startsWith('__') ? null : undefined),
    },
    SelectionSet: {
      leave: (node): SelectionSetNode | undefined =>
        node.selections.length === 0 ? { ...node, selections: [typename] } : undefined,
    },
  })
}

function asksForSchema(document: DocumentNode): boolean {
  let found = false
  forEachSelection(document, (selection) => {
    found ||= selection.kind === Kind.FIELD && isSchemaMetaField(selection.name.value)
  })
  return found
}

/** The names of fields of every root of queries (https://spec.graphql.org/October2021/#sec-Schema-Introspection). */
export function isSchemaMetaField(name: string): boolean {
  return name === '__schema' || name === '__type'
}
