import {
  getNamedType,
  GraphQLError,
  GraphQLID,
  type ASTVisitor,
  type FloatValueNode,
  type IntValueNode,
  type ValidationContext,
} from 'graphql'

/**
 * Refuses number literals beyond the range of a double, such as 1e999
 * (https://spec.graphql.org/September2025/#sec-Float.Input-Coercion): graphql-js reads them as Infinity, which can
 * neither be planned nor serialized as JSON. IDs keep their digits.
 */
export function finiteNumbersRule(context: ValidationContext): ASTVisitor {
  function requireFinite(node: IntValueNode | FloatValueNode): void {
    if (Number.isFinite(Number(node.value)) || getNamedType(context.getInputType()) === GraphQLID) return
    context.reportError(new GraphQLError('A number is out of range.', { nodes: node }))
  }
  return { IntValue: requireFinite, FloatValue: requireFinite }
}
