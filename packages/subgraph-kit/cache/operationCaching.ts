import {
  getNamedType,
  isObjectType,
  Kind,
  OperationTypeNode,
  valueFromASTUntyped,
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

import { readCacheRules } from './cacheDirectives'

type Variables = Readonly<Record<string, unknown>>

/** How the response to an operation may be cached, as far as its text says so. */
export interface OperationCaching {
  /** At least 1. */
  maxAgeSeconds: number
  /** Returns the tags of the response: of an entity fetch one list for each representation. Undefined when one is unknown. */
  buildTags(variables: Variables): string[][] | undefined
}

/** Returns how an operation may be cached; undefined if it may not. */
export type ReadOperationCaching = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
) => OperationCaching | undefined

/** Returns the tags of one root field: one list, or, for `_entities`, one for each representation. */
type TagBuilder = (variables: Variables) => (string[] | undefined)[]

/** Reads once for each parsed document how its operations may be cached, without any work for each resolved field. */
export function createOperationCaching(schema: GraphQLSchema): ReadOperationCaching {
  const analyses = new WeakMap<OperationDefinitionNode, { caching: OperationCaching | undefined }>()
  const analyze = createAnalyzer(schema)
  return (document, operation) => {
    let analysis = analyses.get(operation)
    if (!analysis) {
      analysis = { caching: analyze(document, operation) }
      analyses.set(operation, analysis)
    }
    return analysis.caching
  }
}

function createAnalyzer(schema: GraphQLSchema): ReadOperationCaching {
  const rules = readCacheRules(schema)

  return (document, operation) => {
    const queryType = schema.getQueryType()
    if (operation.operation !== OperationTypeNode.QUERY || !queryType) return undefined
    const fragments = new Map(
      document.definitions.flatMap((each) =>
        each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
      ),
    )

    /** Yields the fields of a selection set with the types that have them; undefined for unknown fields, as of introspection. */
    function* collectFields(
      type: GraphQLObjectType | undefined,
      { selections }: SelectionSetNode,
    ): Generator<{ node: FieldNode; field: GraphQLField<unknown, unknown> | undefined }> {
      for (const node of selections) {
        if (node.kind === Kind.FIELD) {
          if (node.name.value !== '__typename') yield { node, field: type?.getFields()[node.name.value] }
          continue
        }
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : readFragment(fragments, node.name.value)
        const condition = fragment?.typeCondition?.name.value
        const narrowed = condition === undefined ? type : schema.getType(condition)
        if (fragment)
          yield* collectFields(isObjectType(narrowed) ? narrowed : undefined, fragment.selectionSet)
      }
    }

    function readMaxAge(
      type: GraphQLObjectType | undefined,
      selectionSet: SelectionSetNode,
      inherited: number | undefined,
    ): number {
      let minimum = inherited ?? Infinity
      for (const { node, field } of collectFields(type, selectionSet)) {
        if (!field) return 0
        minimum = Math.min(minimum, readFieldMaxAge(node, field, inherited))
        if (minimum === 0) return 0
      }
      return minimum
    }

    function readFieldMaxAge(
      node: FieldNode,
      field: GraphQLField<unknown, unknown>,
      inherited: number | undefined,
    ): number {
      const maxAge = rules.readMaxAge(field, inherited)
      if (maxAge === 0 || !node.selectionSet) return maxAge
      const type = getNamedType(field.type)
      if (!isObjectType(type)) return readMaxAge(undefined, node.selectionSet, maxAge)
      // The tags of another entity's lists are unknown here: they are cached as entities only.
      if (isForeign(type) && selectsFields(type, node.selectionSet)) return 0
      return readMaxAge(type, node.selectionSet, maxAge)
    }

    /** Whether another subgraph owns a type, to which this one adds cached fields. */
    const isForeign = ({ name, astNode }: GraphQLObjectType): boolean =>
      rules.readEntityTags(name).length > 0 && astNode?.interfaces?.length === 0

    /** Whether fields besides the key are selected. */
    function selectsFields(type: GraphQLObjectType, selectionSet: SelectionSetNode): boolean {
      for (const { node } of collectFields(type, selectionSet)) if (node.name.value !== 'id') return true
      return false
    }

    /** Returns how long entities may be cached: their selections are fragments on their types. */
    function readEntitiesMaxAge({ selectionSet }: FieldNode): number {
      let minimum = Infinity
      for (const selection of selectionSet?.selections ?? []) {
        if (selection.kind === Kind.FIELD && selection.name.value === '__typename') continue
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? readFragment(fragments, selection.name.value)
            : selection.kind === Kind.INLINE_FRAGMENT
              ? selection
              : undefined
        const type = schema.getType(fragment?.typeCondition?.name.value ?? '')
        if (!fragment || !isObjectType(type)) return 0
        const maxAge = readMaxAge(type, fragment.selectionSet, rules.readEntityMaxAge(type.name))
        minimum = Math.min(minimum, maxAge)
      }
      return minimum
    }

    const tagBuilders: TagBuilder[] = []
    let maxAgeSeconds = Infinity
    let entityFields = 0
    for (const { node, field } of collectFields(queryType, operation.selectionSet)) {
      const isEntities = node.name.value === '_entities'
      if (!field) return undefined
      if (isEntities) entityFields++
      maxAgeSeconds = Math.min(
        maxAgeSeconds,
        isEntities ? readEntitiesMaxAge(node) : readFieldMaxAge(node, field, undefined),
      )
      tagBuilders.push(
        isEntities
          ? createEntityTagBuilder(node, rules.readEntityTags)
          : createFieldTagBuilder(node, rules.readFieldTags(field)),
      )
    }
    // A response has either the tags of entities or those of root fields.
    const isMixed = entityFields > 0 && entityFields < tagBuilders.length
    if (maxAgeSeconds === 0 || maxAgeSeconds === Infinity || isMixed) return undefined
    return {
      maxAgeSeconds,
      buildTags(variables) {
        const lists = tagBuilders.flatMap((build) => build(variables))
        const known = lists.filter((tags) => tags !== undefined)
        if (known.length < lists.length) return undefined
        return entityFields > 0 ? known : [known.flat()]
      },
    }
  }
}

const readFragment = (
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  name: string,
): FragmentDefinitionNode | undefined => fragments.get(name)

function createFieldTagBuilder(node: FieldNode, formats: readonly string[]): TagBuilder {
  const templates = formats.map((format) => parseFormat(format, '$args'))
  const args = node.arguments ?? []
  return (variables) => {
    const tags = templates.map((fill) => fill((name) => readArgument(args, name, variables)))
    const known = tags.filter((tag) => tag !== undefined)
    return [known.length === tags.length ? known : undefined]
  }
}

function createEntityTagBuilder(
  node: FieldNode,
  readEntityTags: (typeName: string) => readonly string[],
): TagBuilder {
  const templates = new Map<string, Template[]>()
  const args = node.arguments ?? []

  function buildTags(representation: unknown): string[] | undefined {
    if (!isRecord(representation) || typeof representation['__typename'] !== 'string') return undefined
    const typeName = representation['__typename']
    let ofType = templates.get(typeName)
    if (!ofType) {
      ofType = readEntityTags(typeName).map((format) => parseFormat(format, '$key'))
      templates.set(typeName, ofType)
    }
    const tags = ofType.flatMap((fill) => fill((name) => representation[name]) ?? [])
    return tags.length > 0 && tags.length === ofType.length ? tags : undefined
  }

  return (variables) => {
    const representations = readArgument(args, 'representations', variables)
    return Array.isArray(representations) ? representations.map(buildTags) : [undefined]
  }
}

function readArgument(args: readonly ArgumentNode[], name: string, variables: Variables): unknown {
  const value = args.find((argument) => argument.name.value === name)?.value
  return value && valueFromASTUntyped(value, variables)
}

/** Fills the placeholders of a tag; undefined when a value is missing or cannot be part of a header. */
type Template = (read: (name: string) => unknown) => string | undefined

const tagPattern = /^[\w.-]+$/

/** Parses a format such as `posts` or `{$key.id}`. */
function parseFormat(format: string, source: '$args' | '$key'): Template {
  const parts = format.split(/(\{[^}]*\})/)
  return (read) => {
    let tag = ''
    for (const part of parts) {
      if (!part.startsWith('{')) {
        tag += part
        continue
      }
      const [name, ...path] = part.slice(1, -1).split('.')
      const value = name === source && path.length === 1 ? read(path[0] ?? '') : undefined
      if (typeof value !== 'string') return undefined
      tag += value
    }
    return tagPattern.test(tag) ? tag : undefined
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
