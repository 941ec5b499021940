import { GraphQLError, type ASTVisitor, type ValidationContext } from 'graphql'

/**
 * The schema must have the operation's type (https://spec.graphql.org/September2025/#sec-Operation-Type-Existence). graphql-js
 * has this rule from its version 17 on; until then nothing in such an operation is looked at.
 */
export function operationTypesRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return
      context.reportError(
        new GraphQLError(`The ${node.operation} operation is not supported by the schema.`, { nodes: node }),
      )
    },
  }
}
