import type { ApolloServerPlugin } from '@apollo/server'
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type ASTVisitor,
  type DirectiveNode,
  type DocumentNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'

import { fragmentsByName } from '../executors/agora/responseKeyTree'

/** The conditions of documents that are refused for them, by what is validated instead. */
const refused = new WeakMap<DocumentNode, readonly DirectiveNode[]>()

/**
 * Subscriptions have no @skip and @include at their root (https://spec.graphql.org/September2025/#sec-Single-Root-Field): what
 * is subscribed to would depend on variables. graphql-js has no such rule, and one of its own throws at a variable there:
 * it is given a document without anything, of which `rootConditionsRule` says what is wrong.
 */
export const subscriptionRootPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async validationDidStart(requestContext) {
        const conditions = conditionsOf(requestContext.document)
        if (conditions.length === 0) return
        const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] }
        refused.set(document, conditions)
        Object.assign(requestContext, { document })
      },
    }
  },
}

export function subscriptionRootRule(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      for (const condition of refused.get(document) ?? []) {
        const message = `The directive "@${condition.name.value}" may not be used at the root of a subscription.`
        context.reportError(new GraphQLError(message, { nodes: condition }))
      }
    },
  }
}

/** Of all subscriptions of a document that may not be valid otherwise, either. */
function conditionsOf(document: DocumentNode): readonly DirectiveNode[] {
  const found = new Set<DirectiveNode>()
  const fragments = fragmentsByName(document)
  const seen = new Set<string>()

  function look({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      for (const directive of selection.directives ?? [])
        if (directive.name.value === 'skip' || directive.name.value === 'include') found.add(directive)
      if (selection.kind === Kind.INLINE_FRAGMENT) look(selection.selectionSet)
      if (selection.kind !== Kind.FRAGMENT_SPREAD || seen.has(selection.name.value)) continue
      seen.add(selection.name.value)
      const fragment = fragments.get(selection.name.value)
      if (fragment) look(fragment.selectionSet)
    }
  }

  for (const definition of document.definitions)
    if (
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.SUBSCRIPTION
    )
      look(definition.selectionSet)
  return [...found]
}
