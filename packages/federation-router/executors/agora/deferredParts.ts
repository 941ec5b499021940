import {
  Kind,
  type DirectiveNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

import { isDefer, readDeferLabel, readDeferVariable } from '../../planning/deferredFragments'
import { getResponseKey } from '../../planning/selections'

/** A part of an operation that is delivered at once: the initial response, or a deferred fragment. */
export interface OperationPart {
  /** The selection, with a marker instead of each deferred fragment: the field `__typename`, with the key of the fragment's part. */
  selectionSet: SelectionSetNode
  /** The deferred fragments within. */
  children: readonly DeferredPart[]
}

export interface DeferredPart extends OperationPart {
  /** Its label in the plan. */
  label: string
  /** The variable that decides whether the fragment is deferred; undefined for one that always is. */
  condition: string | undefined
}

interface SplitOperation {
  initial: OperationPart
  /** The deferred parts by the keys of their markers. */
  byMarker: ReadonlyMap<string, DeferredPart>
}

/**
 * Splits an operation whose deferred fragments are labelled.
 *
 * @param denied the fields that the viewer may not read, which must stay the same nodes
 */
export function splitDeferredParts(
  { selectionSet: root }: OperationDefinitionNode,
  denied: ReadonlySet<FieldNode> | undefined,
): SplitOperation {
  const byMarker = new Map<string, DeferredPart>()
  const prefix = createUnusedPrefix(root)

  function splitSet(set: SelectionSetNode, children: DeferredPart[]): SelectionSetNode {
    return { ...set, selections: set.selections.map((selection) => split(selection, children)) }
  }

  function split(selection: SelectionNode, children: DeferredPart[]): SelectionNode {
    if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) return selection
    if (selection.kind === Kind.FIELD)
      return denied?.has(selection)
        ? selection
        : { ...selection, selectionSet: splitSet(selection.selectionSet, children) }
    const defer = selection.directives?.find(isDefer)
    if (!defer) return { ...selection, selectionSet: splitSet(selection.selectionSet, children) }
    const below: DeferredPart[] = []
    const selectionSet = splitSet(selection.selectionSet, below)
    const condition = readDeferVariable(defer)
    const part = { label: readDeferLabel(defer), condition, selectionSet, children: below }
    children.push(part)
    const marker = `${prefix}${byMarker.size}`
    byMarker.set(marker, part)
    return {
      ...selection,
      directives: selection.directives?.filter((directive) => directive !== defer) ?? [],
      selectionSet: {
        kind: Kind.SELECTION_SET,
        selections:
          condition === undefined
            ? [createMarker(marker)]
            : [
                createMarker(marker, createCondition('include', condition)),
                {
                  kind: Kind.INLINE_FRAGMENT,
                  directives: [createCondition('skip', condition)],
                  selectionSet,
                },
              ],
      },
    }
  }

  const children: DeferredPart[] = []
  return { initial: { selectionSet: splitSet(root, children), children }, byMarker }
}

const createName = (value: string) => ({ kind: Kind.NAME, value }) as const

function createMarker(key: string, ...directives: readonly DirectiveNode[]): FieldNode {
  return { kind: Kind.FIELD, alias: createName(key), name: createName('__typename'), directives }
}

function createCondition(name: 'include' | 'skip', variable: string): DirectiveNode {
  const value = { kind: Kind.VARIABLE, name: createName(variable) } as const
  return {
    kind: Kind.DIRECTIVE,
    name: createName(name),
    arguments: [{ kind: Kind.ARGUMENT, name: createName('if'), value }],
  }
}

/** Returns a prefix that no response key of a selection has. */
function createUnusedPrefix(root: SelectionSetNode): string {
  let prefix = '__deferred'
  const open = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) while (getResponseKey(selection).startsWith(prefix)) prefix += '_'
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) open(selection.selectionSet)
    }
  }
  open(root)
  return prefix
}
