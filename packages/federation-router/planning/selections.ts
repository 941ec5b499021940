import {
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type ExecutableDefinitionNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

export type FragmentsByName = ReadonlyMap<string, FragmentDefinitionNode>

/** Returns the key of a field in responses. */
export function getResponseKey({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value
}

/** Indexes the fragment definitions of a document. */
export function fragmentsByName({ definitions }: DocumentNode): FragmentsByName {
  return new Map(
    definitions.flatMap((each): [string, FragmentDefinitionNode][] =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [],
    ),
  )
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }

/** GraphQL has no empty selection set. */
export const typenameSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [typename] }

/** Returns a selection set with `__typename` for one that became empty. */
export function fillEmptySelectionSet(set: SelectionSetNode): SelectionSetNode | undefined {
  return set.selections.length === 0 ? { ...set, selections: [typename] } : undefined
}

/**
 * Visits each selection of a document once, including those of fragment definitions. graphql-js's `visit` takes some twenty
 * times as long for a typical operation, and a new operation is visited several times.
 *
 * @param look returns false to skip the selections below this one
 */
export function forEachSelection(
  { definitions }: DocumentNode,
  look: (selection: SelectionNode, definition: ExecutableDefinitionNode) => void | boolean,
): void {
  function open({ selections }: SelectionSetNode, definition: ExecutableDefinitionNode): void {
    for (const selection of selections) {
      if (look(selection, definition) === false || selection.kind === Kind.FRAGMENT_SPREAD) continue
      if (selection.selectionSet) open(selection.selectionSet, definition)
    }
  }
  for (const definition of definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION)
      open(definition.selectionSet, definition)
}

/** The fragments that enclose a field within one selection set. */
interface EnclosingFragments {
  /** The innermost type condition; undefined when there is none. */
  typeCondition: string | undefined
  /** The directives of all of them. */
  directives: readonly DirectiveNode[]
}

type Fragment = InlineFragmentNode | FragmentSpreadNode

const unenclosed: EnclosingFragments = { typeCondition: undefined, directives: [] }

/** Visits the fields of one selection set, including those of its fragments, but not their subfields. */
export function forEachField(
  set: SelectionSetNode,
  fragments: FragmentsByName,
  visit: (field: FieldNode, around: EnclosingFragments) => void,
  around = unenclosed,
): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      visit(selection, around)
      continue
    }
    const fragment = findDefinition(selection, fragments)
    if (!fragment) continue
    forEachField(fragment.selectionSet, fragments, visit, {
      typeCondition: fragment.typeCondition?.name.value ?? around.typeCondition,
      directives: [...around.directives, ...(selection.directives ?? [])],
    })
  }
}

function findDefinition(fragment: Fragment, fragments: FragmentsByName) {
  return fragment.kind === Kind.INLINE_FRAGMENT ? fragment : fragments.get(fragment.name.value)
}

/** Decides which selections of an object are collected. */
interface SelectionFilter {
  includes(directives: readonly DirectiveNode[]): boolean
  matchesType(typeCondition: string): boolean
}

const includeAll: SelectionFilter = { includes: () => true, matchesType: () => true }

/**
 * Collects the fields of selection sets by their response keys, in the order of the response
 * (https://spec.graphql.org/October2021/#CollectFields()).
 */
export function collectFields(
  sets: readonly SelectionSetNode[],
  fragments: FragmentsByName,
  filter = includeAll,
): ReadonlyMap<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const visited = new Set<string>()

  function open({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.directives && !filter.includes(selection.directives)) continue
      if (selection.kind === Kind.FIELD) {
        const key = getResponseKey(selection)
        const same = fields.get(key)
        if (same) same.push(selection)
        else fields.set(key, [selection])
        continue
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (visited.has(selection.name.value)) continue
        visited.add(selection.name.value)
      }
      const fragment = findDefinition(selection, fragments)
      const condition = fragment?.typeCondition?.name.value
      if (fragment && (condition === undefined || filter.matchesType(condition))) open(fragment.selectionSet)
    }
  }

  for (const set of sets) open(set)
  return fields
}
