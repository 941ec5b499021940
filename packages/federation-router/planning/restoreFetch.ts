import { parse, print, stripIgnoredCharacters, visit, type DocumentNode, type FieldNode } from 'graphql'

import { entitySelection } from './fetchSelection'
import type { FetchDataRewrite, FetchNode, PlanNode, QueryPlanSelectionNode } from './apolloPlanner'
import {
  toFieldKey,
  substituteMarker,
  type RequiredFieldPath,
  type RequiredArguments,
} from './requiredArguments'
import { forEachField, fragmentsByName } from './selections'

/** Fields of entities that can be fetched with one representation. */
interface FieldGroup {
  fields: Set<FieldNode>
  /** The planned paths of each required field, by its real path. */
  required: Map<string, Set<string>>
}

/**
 * Translates a fetch with substitutes back to the fields of the subgraph: substitutes become aliases in its operation, and
 * fields of the real names in representations. Where two substitutes would have the same name in one representation, the
 * fetch is split into parallel fetches.
 */
export function restoreFetch(fetch: FetchNode, required: RequiredArguments): PlanNode {
  if (!mentionsSubstitute(fetch)) return fetch
  const { operationDocumentNode: _, ...rest } = fetch
  const document = parse(fetch.operation, { noLocation: true })
  const groups = fetch.requires ? groupFields(fetch.serviceName, document, required) : []
  if (groups.length < 2) {
    const operation = printOperation(restoreFields(document, required))
    return { ...rest, operation, ...restoreRequires(fetch, groups[0], required) }
  }
  const nodes = groups.map((group) => {
    const own = restoreFields(keepFields(document, group.fields), required)
    const used = collectVariables(own)
    return {
      ...rest,
      operation: printOperation(own),
      variableUsages: rest.variableUsages?.filter((name) => used.has(name)) ?? [],
      ...restoreRequires(fetch, group, required, true),
    }
  })
  return { kind: 'Parallel', nodes }
}

function mentionsSubstitute({ operation, requires }: FetchNode): boolean {
  return operation.includes(substituteMarker) || JSON.stringify(requires ?? []).includes(substituteMarker)
}

const printOperation = (document: DocumentNode): string => stripIgnoredCharacters(print(document))

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

function groupFields(service: string, document: DocumentNode, required: RequiredArguments): FieldGroup[] {
  const groups: FieldGroup[] = []
  for (const { field, typeName } of entityFields(document)) {
    const name = required.substitutes.get(field.name.value)?.name ?? field.name.value
    const paths = plannedPaths(required.requiredFields.get(toFieldKey(service, typeName, name)) ?? [])
    const group = groups.find((each) => areCompatible(each.required, paths)) ?? {
      fields: new Set(),
      required: new Map(),
    }
    if (group.fields.size === 0) groups.push(group)
    group.fields.add(field)
    for (const [real, planned] of paths) group.required.set(real, planned)
  }
  return groups
}

function plannedPaths(required: readonly RequiredFieldPath[]): FieldGroup['required'] {
  const paths: FieldGroup['required'] = new Map()
  for (const { real, planned } of required) paths.set(real, (paths.get(real) ?? new Set()).add(planned))
  return paths
}

function areCompatible(some: FieldGroup['required'], others: FieldGroup['required']): boolean {
  return [...others].every(([real, planned]) => {
    const existing = some.get(real)
    return !existing || (existing.size === planned.size && [...planned].every((path) => existing.has(path)))
  })
}

/** Returns the fields of the entities, each with the type that it is selected on. */
function entityFields(document: DocumentNode): { field: FieldNode; typeName: string }[] {
  const found: { field: FieldNode; typeName: string }[] = []
  const set = entitySelection(document)
  if (!set) return found
  forEachField(set, fragmentsByName(document), (field, { typeCondition = '' }) => {
    found.push({ field, typeName: typeCondition })
  })
  return found
}

/** Returns the document with these fields of the entities alone, and the variables that they use. */
function keepFields(document: DocumentNode, fields: ReadonlySet<FieldNode>): DocumentNode {
  const others = new Set(entityFields(document).map(({ field }) => field))
  const kept: DocumentNode = visit(document, {
    Field: (field) => (others.has(field) ? (fields.has(field) ? false : null) : undefined),
    InlineFragment: {
      leave: ({ selectionSet }) => (selectionSet.selections.length === 0 ? null : undefined),
    },
  })
  const used = collectVariables(kept)
  return visit(kept, {
    VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? false : null),
  })
}

/** Returns the variables that the selections use. */
function collectVariables(document: DocumentNode): ReadonlySet<string> {
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
  group: FieldGroup | undefined,
  { substitutes }: RequiredArguments,
  isOneOfSeveral = false,
): Pick<FetchNode, 'requires' | 'inputRewrites'> {
  if (!requires) return {}
  const renamers: FetchDataRewrite[] = []

  function restoreSelections(
    selections: readonly QueryPlanSelectionNode[],
    path: RequiredFieldPath,
    keys: string[],
  ): QueryPlanSelectionNode[] {
    return selections.flatMap((each): QueryPlanSelectionNode[] => {
      if (each.kind === 'InlineFragment') {
        const condition = each.typeCondition === undefined ? [] : [`... on ${each.typeCondition}`]
        const below = restoreSelections(each.selections, path, [...keys, ...condition])
        return below.length > 0 ? [{ ...each, selections: below }] : []
      }
      const substitute = substitutes.get(each.name)
      const here = {
        real: `${path.real}.${substitute?.name ?? each.name}`,
        planned: `${path.planned}.${each.name}`,
      }
      const required = group?.required.get(here.real)
      const isNeeded = required ? required.has(here.planned) : !(substitute && isOneOfSeveral)
      if (!isNeeded) return []
      const key = each.alias ?? each.name
      const below = each.selections && restoreSelections(each.selections, here, [...keys, key])
      // After the renamers below it, whose paths contain the key before it is renamed.
      if (substitute)
        renamers.push({ kind: 'KeyRenamer', path: [...keys, key], renameKeyTo: substitute.name })
      return [{ ...each, ...(below && { selections: below }) }]
    })
  }

  const kept = restoreSelections(requires, { real: '', planned: '' }, [])
  // Before the other rewrites, which change the __typename that the paths of the renamers test.
  return { requires: kept, inputRewrites: [...renamers, ...inputRewrites] }
}
