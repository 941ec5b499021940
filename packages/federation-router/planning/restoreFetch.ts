import {
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type FieldNode,
  type SelectionSetNode,
} from 'graphql'

import type { FetchDataRewrite, FetchNode, PlanNode, QueryPlanSelectionNode } from './planner'
import {
  toFieldKey,
  substituteMarker,
  type RequiredFieldPath,
  type RequiredArguments,
} from './requiredArguments'

/** Fields of entities that can be asked for with one representation. */
interface Group {
  fields: Set<FieldNode>
  /** By the real path of a required field: the paths that it is known under. */
  needs: Map<string, Set<string>>
}

/**
 * Writes a fetch that a plan with substitutes has in the subgraph's own terms: substitutes are aliases in what it asks
 * for, and have the fields' names in representations. Where these would be the same for two fields, the fetch becomes
 * several at once.
 */
export function restoreFetch(fetch: FetchNode, required: RequiredArguments): PlanNode {
  if (!mentionsSubstitute(fetch)) return fetch
  const { operationDocumentNode: _, ...rest } = fetch
  const document = parse(fetch.operation, { noLocation: true })
  const groups = fetch.requires ? groupFields(fetch.serviceName, document, required) : []
  if (groups.length < 2) {
    const operation = write(restoreFields(document, required))
    return { ...rest, operation, ...restoreRequires(fetch, groups[0], required) }
  }
  const nodes = groups.map((group) => {
    const own = restoreFields(keepFields(document, group.fields), required)
    const used = variablesOf(own)
    return {
      ...rest,
      operation: write(own),
      variableUsages: rest.variableUsages?.filter((name) => used.has(name)) ?? [],
      ...restoreRequires(fetch, group, required, true),
    }
  })
  return { kind: 'Parallel', nodes }
}

function mentionsSubstitute({ operation, requires }: FetchNode): boolean {
  return operation.includes(substituteMarker) || JSON.stringify(requires ?? []).includes(substituteMarker)
}

const write = (document: DocumentNode): string => stripIgnoredCharacters(print(document))

function restoreFields(document: DocumentNode, { substitutes }: RequiredArguments): DocumentNode {
  return visit(document, {
    Field(field) {
      const substitute = substitutes.get(field.name.value)
      if (!substitute) return undefined
      const name = { ...field.name, value: substitute.name }
      return { ...field, alias: field.alias ?? field.name, name, arguments: substitute.arguments }
    },
  })
}

function groupFields(service: string, document: DocumentNode, required: RequiredArguments): Group[] {
  const groups: Group[] = []
  for (const { field, typeName } of entityFields(document)) {
    const name = required.substitutes.get(field.name.value)?.name ?? field.name.value
    const needs = pathsOf(required.requiredFields.get(toFieldKey(service, typeName, name)) ?? [])
    const group = groups.find((each) => agree(each.needs, needs)) ?? { fields: new Set(), needs: new Map() }
    if (group.fields.size === 0) groups.push(group)
    group.fields.add(field)
    for (const [real, used] of needs) group.needs.set(real, used)
  }
  return groups
}

function pathsOf(needs: readonly RequiredFieldPath[]): Map<string, Set<string>> {
  const paths = new Map<string, Set<string>>()
  for (const { real, used } of needs) paths.set(real, (paths.get(real) ?? new Set()).add(used))
  return paths
}

function agree(some: Group['needs'], others: Group['needs']): boolean {
  return [...others].every(([real, used]) => {
    const known = some.get(real)
    return !known || (known.size === used.size && [...used].every((path) => known.has(path)))
  })
}

/** The fields of the entities themselves, with the type that they are asked of. */
function entityFields(document: DocumentNode): { field: FieldNode; typeName: string }[] {
  const found: { field: FieldNode; typeName: string }[] = []
  function open({ selections }: SelectionSetNode, typeName: string): void {
    for (const each of selections) {
      if (each.kind === Kind.FIELD) found.push({ field: each, typeName })
      else if (each.kind === Kind.INLINE_FRAGMENT)
        open(each.selectionSet, each.typeCondition?.name.value ?? typeName)
    }
  }
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    for (const root of definition.selectionSet.selections) {
      if (root.kind === Kind.FIELD && root.selectionSet) open(root.selectionSet, '')
    }
  }
  return found
}

/** The document with no other fields of entities, and the variables that are left. */
function keepFields(document: DocumentNode, fields: ReadonlySet<FieldNode>): DocumentNode {
  const others = new Set(entityFields(document).map(({ field }) => field))
  const kept: DocumentNode = visit(document, {
    Field: (field) => (others.has(field) ? (fields.has(field) ? false : null) : undefined),
    InlineFragment: {
      leave: ({ selectionSet }) => (selectionSet.selections.length === 0 ? null : undefined),
    },
  })
  const used = variablesOf(kept)
  return visit(kept, {
    VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? false : null),
  })
}

/** The variables that are used somewhere. */
function variablesOf(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>()
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      names.add(name.value)
    },
  })
  return names
}

function restoreRequires(
  { requires, inputRewrites = [] }: FetchNode,
  group: Group | undefined,
  { substitutes }: RequiredArguments,
  isOneOfSeveral = false,
): Pick<FetchNode, 'requires' | 'inputRewrites'> {
  if (!requires) return {}
  const renamers: FetchDataRewrite[] = []

  function keep(
    selections: readonly QueryPlanSelectionNode[],
    path: RequiredFieldPath,
    place: string[],
  ): QueryPlanSelectionNode[] {
    return selections.flatMap((each): QueryPlanSelectionNode[] => {
      if (each.kind === 'InlineFragment') {
        const condition = each.typeCondition === undefined ? [] : [`... on ${each.typeCondition}`]
        const below = keep(each.selections, path, [...place, ...condition])
        return below.length > 0 ? [{ ...each, selections: below }] : []
      }
      const substitute = substitutes.get(each.name)
      const here = {
        real: `${path.real}.${substitute?.name ?? each.name}`,
        used: `${path.used}.${each.name}`,
      }
      const needed = group?.needs.get(here.real)
      const isNeeded = needed ? needed.has(here.used) : !(substitute && isOneOfSeveral)
      if (!isNeeded) return []
      const key = each.alias ?? each.name
      const below = each.selections && keep(each.selections, here, [...place, key])
      // After those below it: their paths have the key as it is before.
      if (substitute)
        renamers.push({ kind: 'KeyRenamer', path: [...place, key], renameKeyTo: substitute.name })
      return [{ ...each, ...(below && { selections: below }) }]
    })
  }

  const kept = keep(requires, { real: '', used: '' }, [])
  // Before others: those change the __typename that the paths ask about.
  return { requires: kept, inputRewrites: [...renamers, ...inputRewrites] }
}
