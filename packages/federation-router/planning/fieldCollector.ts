import {
  isCompositeType,
  isUnionType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type FieldNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'

import { quoteJson } from '../../platform'
import { satisfiesTypeCondition } from '../supergraph/supergraphModel'
import { isIncluded, type ReadCondition } from './conditions'
import { collectFields, type FragmentsByName } from './selections'

/** A field of the response. */
export interface ResponseField {
  /** The client's alias or field name. */
  responseKey: string
  /** The key in the plan and in the responses of subgraphs. */
  plannedKey: string
  /** The response key as JSON text before the value: `"name":`. */
  jsonKey: string
  name: string
  type: GraphQLOutputType
  /** The selection of the value, if it is an object. */
  subfields: FieldCollector
  /** The fields of the document that select it. */
  nodes: readonly FieldNode[]
  /** Whether it is null because the viewer may not read it. */
  isDenied: boolean
}

/** The selection of an object: the fields to return for each type that the object may have at runtime. */
export interface FieldCollector {
  /** Returns the fields in response order. `typeName` may be an interface where the object's type is unknown. */
  collectFields(typeName: string): readonly ResponseField[]
}

interface FieldCollectorOptions {
  schema: GraphQLSchema
  fragments: FragmentsByName
  /** Maps the keys of plans to those of the client, where they differ. */
  clientKeys: ReadonlyMap<string, string>
  readCondition: ReadCondition
  /** The fields that the viewer may not read; none by default. */
  denied?: ReadonlySet<FieldNode> | undefined
}

const noSets: readonly SelectionSetNode[] = []

/**
 * Creates the field collector of an operation for one set of values of its conditions. Selections that consist of the same
 * parts of the document share a collector, so that the number of collectors stays proportional to the document.
 */
export function createFieldCollector(options: FieldCollectorOptions, root: SelectionSetNode): FieldCollector {
  const { schema, fragments, clientKeys, readCondition, denied } = options
  const ids = new Map<SelectionSetNode, number>()
  const collectors = new Map<string, FieldCollector>()

  function getSetId(set: SelectionSetNode): number {
    const id = ids.get(set) ?? ids.size
    ids.set(set, id)
    return id
  }

  /** @param deniedSets selections whose fields are all denied, unless `sets` selects them as well */
  function getCollector(sets: readonly SelectionSetNode[], deniedSets = noSets): FieldCollector {
    const id = `${sets.map(getSetId).join()}${deniedSets.length > 0 ? `-${deniedSets.map(getSetId).join()}` : ''}`
    const cached = collectors.get(id)
    if (cached) return cached
    const byType = new Map<string, readonly ResponseField[]>()
    const collector: FieldCollector = {
      collectFields(typeName) {
        const fields = byType.get(typeName) ?? collectForType(sets, deniedSets, typeName)
        byType.set(typeName, fields)
        return fields
      },
    }
    collectors.set(id, collector)
    return collector
  }

  function collectForType(
    sets: readonly SelectionSetNode[],
    deniedSets: readonly SelectionSetNode[],
    typeName: string,
  ): ResponseField[] {
    const filter: Parameters<typeof collectFields>[2] = {
      includes: (directives) => isIncluded(directives, readCondition),
      matchesType: (condition) => satisfiesTypeCondition(schema, typeName, condition),
    }
    const collected = new Map(collectFields(sets, fragments, filter))
    const deniedNodes = new Set<FieldNode>()
    for (const [key, nodes] of deniedSets.length > 0 ? collectFields(deniedSets, fragments, filter) : []) {
      for (const node of nodes) deniedNodes.add(node)
      collected.set(key, [...(collected.get(key) ?? []), ...nodes])
    }
    const isDenied = (node: FieldNode) => deniedNodes.has(node) || (denied?.has(node) ?? false)
    return [...collected].flatMap(([plannedKey, nodes]) => {
      const allowed = denied ? nodes.filter((each) => !isDenied(each)) : nodes
      const responseKey = clientKeys.get(plannedKey) ?? plannedKey
      const [node] = nodes
      const type = node && getFieldType(schema, typeName, node.name.value)
      if (!node || !type) return []
      return [
        {
          responseKey,
          plannedKey,
          jsonKey: `${quoteJson(responseKey)}:`,
          name: node.name.value,
          type,
          subfields: getCollector(
            allowed.flatMap(({ selectionSet }) => selectionSet ?? []),
            denied && nodes.filter(isDenied).flatMap(({ selectionSet }) => selectionSet ?? []),
          ),
          nodes,
          isDenied: allowed.length === 0,
        },
      ]
    })
  }

  return getCollector([root])
}

function getFieldType(
  schema: GraphQLSchema,
  typeName: string,
  fieldName: string,
): GraphQLOutputType | undefined {
  const type = schema.getType(typeName)
  if (fieldName === '__typename') return TypeNameMetaFieldDef.type
  if (type === schema.getQueryType()) {
    if (fieldName === '__schema') return SchemaMetaFieldDef.type
    if (fieldName === '__type') return TypeMetaFieldDef.type
  }
  return isCompositeType(type) && !isUnionType(type) ? type.getFields()[fieldName]?.type : undefined
}
