import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/**
 * Returns an error for each @skip and @include at the root of a subscription, which the specification forbids
 * (https://spec.graphql.org/September2025/#sec-Single-Root-Field). graphql-js has no such rule, and its rule
 * SingleFieldSubscriptions throws at a variable there: documents with such errors must not be validated by it.
 */
export function findSubscriptionRootErrors(document: DocumentNode): readonly GraphQLError[] {
  return findRootConditions(document).map(
    (condition) =>
      new GraphQLError(
        `The directive "@${condition.name.value}" may not be used at the root of a subscription.`,
        {
          nodes: condition,
        },
      ),
  )
}

/** The document has not been validated: fragments may be missing, or contain themselves. */
function findRootConditions(document: DocumentNode): readonly DirectiveNode[] {
  const found = new Set<DirectiveNode>()
  const fragments = new Map<string, FragmentDefinitionNode>()
  const visited = new Set<string>()

  function visitRoot({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      for (const directive of selection.directives ?? [])
        if (directive.name.value === 'skip' || directive.name.value === 'include') found.add(directive)
      if (selection.kind === Kind.INLINE_FRAGMENT) visitRoot(selection.selectionSet)
      if (selection.kind !== Kind.FRAGMENT_SPREAD || visited.has(selection.name.value)) continue
      visited.add(selection.name.value)
      const fragment = fragments.get(selection.name.value)
      if (fragment) visitRoot(fragment.selectionSet)
    }
  }

  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  for (const definition of document.definitions)
    if (
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.SUBSCRIPTION
    )
      visitRoot(definition.selectionSet)
  return [...found]
}
