import {
  getEnterLeaveForKind,
  getNamedType,
  GraphQLError,
  GraphQLID,
  Kind,
  KnownDirectivesRule,
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

/** Refuses unknown directives as graphql-js does, but @stream as a feature that the router does not support. */
export function knownDirectivesRule(context: ValidationContext): ASTVisitor {
  const { enter: check } = getEnterLeaveForKind(KnownDirectivesRule(context), Kind.DIRECTIVE)
  return {
    Directive(node, ...position) {
      if (node.name.value !== 'stream' || context.getSchema().getDirective('stream'))
        return void check?.(node, ...position)
      const message = 'The router does not support "@stream". Request the list in pages.'
      context.reportError(new GraphQLError(message, { nodes: node }))
    },
  }
}

/** Requires labels of @defer that are strings and unique, since clients identify fragments by them. */
export function deferLabelsRule(context: ValidationContext): ASTVisitor {
  const labels = new Set<string>()
  return {
    Directive(node) {
      const value = node.arguments?.find(({ name }) => name.value === 'label')?.value
      if (node.name.value !== 'defer' || !value) return
      if (value.kind !== Kind.STRING)
        context.reportError(new GraphQLError('The label of "@defer" must be a string.', { nodes: node }))
      else if (labels.has(value.value))
        context.reportError(
          new GraphQLError(`The document has several labels "${value.value}".`, { nodes: node }),
        )
      else labels.add(value.value)
    },
  }
}

/** Refuses `__schema` and `__type`. */
export function noIntrospectionRule(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '__schema' && node.name.value !== '__type') return
      const message = 'Introspection is disabled in the configuration of the router.'
      const extensions = { validationErrorCode: 'INTROSPECTION_DISABLED' }
      context.reportError(new GraphQLError(message, { nodes: node, extensions }))
    },
  }
}
