import {
  Kind,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

import { forEachSelection, fragmentsByName } from './selections'

/** An operation whose deferred fragments each have a label of their own, in the plan as well. */
interface LabelledDocument {
  document: DocumentNode
  /** The client's labels, by the label of the fragment; undefined for a fragment without one. */
  clientLabels: ReadonlyMap<string, string | undefined>
}

export const isDefer = ({ name }: DirectiveNode): boolean => name.value === 'defer'

/** Returns whether a document has a deferred fragment. */
export function hasDefer(document: DocumentNode): boolean {
  let found = false
  forEachSelection(document, ({ directives }) => {
    found ||= directives?.some(isDefer) ?? false
  })
  return found
}

/** Removes @defer from a document: the response contains everything. */
export function removeDefer(document: DocumentNode): DocumentNode {
  return visit(document, { Directive: (directive) => (isDefer(directive) ? null : undefined) })
}

/** Removes the conditions of @defer, which Apollo's planner would plan separately: 2^n plans for n variables. */
export function removeDeferConditions(document: DocumentNode): DocumentNode {
  return visit(document, {
    Directive: (directive) =>
      isDefer(directive)
        ? { ...directive, arguments: directive.arguments?.filter(({ name }) => name.value !== 'if') }
        : undefined,
  })
}

/** Returns the variable of `@defer(if: $variable)`; undefined for a fragment that is always deferred. */
export function readDeferVariable(directive: DirectiveNode): string | undefined {
  const value = readDeferArgument(directive, 'if')
  return value?.kind === Kind.VARIABLE ? value.name.value : undefined
}

const readDeferArgument = (directive: DirectiveNode, wanted: string) =>
  directive.arguments?.find(({ name }) => name.value === wanted)?.value

/**
 * Replaces the fragment spreads of an operation by their fragments, and labels each deferred fragment: one that is spread twice is
 * deferred twice, at two paths.
 */
export function labelDeferredFragments(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): LabelledDocument {
  const fragments = fragmentsByName(document)
  const clientLabels = new Map<string, string | undefined>()

  const expandSet = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.map(expand),
  })

  function expand(selection: SelectionNode): SelectionNode {
    if (selection.kind === Kind.FIELD)
      return selection.selectionSet
        ? { ...selection, selectionSet: expandSet(selection.selectionSet) }
        : selection
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
    const directives = selection.directives?.flatMap((each) => (isDefer(each) ? label(each) : each))
    return {
      kind: Kind.INLINE_FRAGMENT,
      ...(fragment?.typeCondition && { typeCondition: fragment.typeCondition }),
      ...(directives && { directives }),
      selectionSet: expandSet(fragment?.selectionSet ?? { kind: Kind.SELECTION_SET, selections: [] }),
    }
  }

  function label(directive: DirectiveNode): DirectiveNode | readonly [] {
    const condition = readDeferArgument(directive, 'if')
    if (condition?.kind === Kind.BOOLEAN && !condition.value) return []
    const clientLabel = readDeferArgument(directive, 'label')
    const own = `deferred${clientLabels.size}`
    clientLabels.set(own, clientLabel?.kind === Kind.STRING ? clientLabel.value : undefined)
    const name = { kind: Kind.NAME, value: 'label' } as const
    const value = { kind: Kind.STRING, value: own } as const
    const others = directive.arguments?.filter(
      (each) => each.name.value === 'if' && readDeferVariable(directive),
    )
    return { ...directive, arguments: [{ kind: Kind.ARGUMENT, name, value }, ...(others ?? [])] }
  }

  const expanded = { ...operation, selectionSet: expandSet(operation.selectionSet) }
  return { document: { kind: Kind.DOCUMENT, definitions: [expanded] }, clientLabels }
}

/** Returns the label of a deferred fragment that is labelled. */
export function readDeferLabel(directive: DirectiveNode): string {
  const value = readDeferArgument(directive, 'label')
  return value?.kind === Kind.STRING ? value.value : ''
}
