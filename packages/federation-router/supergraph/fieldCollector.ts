import {
  isCompositeType,
  isUnionType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'

import { quoteJson } from '../../platform/json'
import { satisfiesTypeCondition } from './supergraphModel'

/** A field of the answer. */
export interface ResponseField {
  /** The alias, or the name, as the client has it. */
  responseKey: string
  /** Under which the subgraphs' answers have it. */
  plannedKey: string
  /** As it stands before the value in JSON text: `"name":`. */
  jsonKey: string
  name: string
  type: GraphQLOutputType
  /** What is asked of the value, where it is an object. */
  subfields: FieldCollector
  /** Where the document asks for it. */
  nodes: readonly FieldNode[]
}

/**
 * What is asked of an object. Merges fields as the specification's CollectFields does, for each type that the object
 * may turn out to have.
 */
export interface FieldCollector {
  /** In the order of the answer. `typeName` may be an interface's where the object's own type is not known. */
  collectFields(typeName: string): readonly ResponseField[]
}

export interface FieldCollectorOptions {
  schema: GraphQLSchema
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** The client's own keys, by those in their place. */
  clientKeys: ReadonlyMap<string, string>
  /** The values of the variables that @skip and @include use. */
  flag(name: string): boolean
}

/**
 * Selections under one set of flags. Those that are made of the same parts of the document are one and the same, so that
 * their number stays proportional to the document's.
 */
export function createFieldCollector(options: FieldCollectorOptions, root: SelectionSetNode): FieldCollector {
  const ids = new Map<SelectionSetNode, number>()
  const known = new Map<string, FieldCollector>()

  function idOf(set: SelectionSetNode): number {
    const id = ids.get(set) ?? ids.size
    ids.set(set, id)
    return id
  }

  function selectionOf(sets: readonly SelectionSetNode[]): FieldCollector {
    const id = sets.map(idOf).join()
    const same = known.get(id)
    if (same) return same
    const byType = new Map<string, readonly ResponseField[]>()
    const selection: FieldCollector = {
      collectFields(typeName) {
        const fields = byType.get(typeName) ?? toFields(collect(options, sets, typeName), typeName)
        byType.set(typeName, fields)
        return fields
      },
    }
    known.set(id, selection)
    return selection
  }

  function toFields(collected: ReadonlyMap<string, FieldNode[]>, typeName: string): ResponseField[] {
    return [...collected].flatMap(([source, nodes]) => {
      const key = options.clientKeys.get(source) ?? source
      const [node] = nodes
      const type = node && typeOf(options.schema, typeName, node.name.value)
      if (!node || !type) return []
      const sets = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []))
      return [
        {
          responseKey: key,
          plannedKey: source,
          jsonKey: `${quoteJson(key)}:`,
          name: node.name.value,
          type,
          subfields: selectionOf(sets),
          nodes,
        },
      ]
    })
  }

  return selectionOf([root])
}

function typeOf(schema: GraphQLSchema, typeName: string, fieldName: string): GraphQLOutputType | undefined {
  const type = schema.getType(typeName)
  if (fieldName === '__typename') return TypeNameMetaFieldDef.type
  if (type === schema.getQueryType()) {
    if (fieldName === '__schema') return SchemaMetaFieldDef.type
    if (fieldName === '__type') return TypeMetaFieldDef.type
  }
  return isCompositeType(type) && !isUnionType(type) ? type.getFields()[fieldName]?.type : undefined
}

function collect(
  { schema, fragments, flag }: FieldCollectorOptions,
  sets: readonly SelectionSetNode[],
  typeName: string,
): ReadonlyMap<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const spread = new Set<string>()

  function open({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (!isIncluded(selection.directives ?? [], flag)) continue
      switch (selection.kind) {
        case Kind.FIELD: {
          const key = selection.alias?.value ?? selection.name.value
          const same = fields.get(key)
          if (same) same.push(selection)
          else fields.set(key, [selection])
          break
        }
        case Kind.INLINE_FRAGMENT: {
          const condition = selection.typeCondition?.name.value
          if (condition === undefined || satisfiesTypeCondition(schema, typeName, condition))
            open(selection.selectionSet)
          break
        }
        case Kind.FRAGMENT_SPREAD: {
          const fragment = fragments.get(selection.name.value)
          if (!fragment || spread.has(fragment.name.value)) break
          spread.add(fragment.name.value)
          if (satisfiesTypeCondition(schema, typeName, fragment.typeCondition.name.value))
            open(fragment.selectionSet)
          break
        }
      }
    }
  }

  for (const set of sets) open(set)
  return fields
}

function isIncluded(directives: readonly DirectiveNode[], flag: (name: string) => boolean): boolean {
  return directives.every(({ name, arguments: given = [] }) => {
    const isSkip = name.value === 'skip'
    if (!isSkip && name.value !== 'include') return true
    const value = given.find((argument) => argument.name.value === 'if')?.value
    const condition =
      value?.kind === Kind.VARIABLE ? flag(value.name.value) : value?.kind === Kind.BOOLEAN && value.value
    return condition !== isSkip
  })
}

/** The variables that @skip and @include use. */
export function conditionVariablesOf(directives: readonly DirectiveNode[]): string[] {
  return directives.flatMap(({ name, arguments: given = [] }) => {
    if (name.value !== 'skip' && name.value !== 'include') return []
    return given.flatMap(({ value }) => (value.kind === Kind.VARIABLE ? [value.name.value] : []))
  })
}
