import {
  execute,
  Kind,
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

export interface IntrospectionRequest {
  schema: GraphQLSchema
  document: DocumentNode
  operation: OperationDefinitionNode
  variables: Record<string, unknown> | undefined
}

/**
 * Answers an operation that asks for nothing but the schema itself, with graphql-js: Apollo's planner does not know
 * the newer fields of introspection (`isOneOf`), and takes a third of a second for the others.
 *
 * @returns undefined for any other operation
 */
export async function executeIntrospection(
  request: IntrospectionRequest,
): Promise<ExecutionResult | undefined> {
  const { schema, document, operation, variables } = request
  if (!asksForSchemaAlone(operation.selectionSet, document)) return undefined
  return execute({ schema, document, variableValues: variables, operationName: operation.name?.value })
}

function asksForSchemaAlone({ selections }: SelectionSetNode, document: DocumentNode): boolean {
  return selections.every((selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        return selection.name.value.startsWith('__')
      case Kind.INLINE_FRAGMENT:
        return asksForSchemaAlone(selection.selectionSet, document)
      case Kind.FRAGMENT_SPREAD: {
        const fragment = document.definitions.find(
          (definition): definition is FragmentDefinitionNode =>
            definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
        )
        return fragment !== undefined && asksForSchemaAlone(fragment.selectionSet, document)
      }
    }
  })
}
