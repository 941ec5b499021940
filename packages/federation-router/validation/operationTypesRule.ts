import { GraphQLError, type ASTVisitor, type ValidationContext } from 'graphql'

/**
 * Requires the root type of an operation (https://spec.graphql.org/September2025/#sec-Operation-Type-Existence). graphql-js
 * has this rule since version 17; earlier versions do not validate such an operation.
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
