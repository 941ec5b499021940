import {
  getDirectiveValues,
  getNamedType,
  isCompositeType,
  isObjectType,
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql'

/** The arguments of `@cacheControl` of a field or a type. */
interface CacheControl {
  /** How many seconds; undefined when it is inherited. */
  maxAge?: number
}

/** The caching rules of a schema. Without a rule, nothing is cached. */
export interface CacheRules {
  /** Returns how many seconds a field may be cached. @param inherited that of its parent; undefined for root fields */
  readMaxAge(field: GraphQLField<unknown, unknown>, inherited: number | undefined): number
  /** Returns how many seconds an entity may be cached that another subgraph refers to; 0 without tags. */
  readEntityMaxAge(typeName: string): number
  /** Returns the formats of the tags of a field. */
  readFieldTags(field: GraphQLField<unknown, unknown>): readonly string[]
  /** Returns the formats of the tags of an entity. */
  readEntityTags(typeName: string): readonly string[]
}

interface DirectedNode {
  readonly directives?: readonly ConstDirectiveNode[] | undefined
}

/** Reads the directives `@cacheControl` and `@cacheTag` of a subgraph's schema. */
export function readCacheRules(schema: GraphQLSchema): CacheRules {
  const cacheControl = schema.getDirective('cacheControl')
  const cacheTag = schema.getDirective('cacheTag')

  function readCacheControl(node: DirectedNode | null | undefined): CacheControl | undefined {
    const values = cacheControl && node ? getDirectiveValues(cacheControl, node) : undefined
    if (!values) return undefined
    return typeof values['maxAge'] === 'number' ? { maxAge: values['maxAge'] } : {}
  }

  function readTags(node: DirectedNode | null | undefined): string[] {
    return (node?.directives ?? []).flatMap((directive) => {
      if (!cacheTag || directive.name.value !== cacheTag.name) return []
      const { format } = getDirectiveValues(cacheTag, { directives: [directive] }) ?? {}
      return typeof format === 'string' ? [format] : []
    })
  }

  const readTypeTags = (typeName: string) => readTags(schema.getType(typeName)?.astNode)

  return {
    readMaxAge({ type, astNode }, inherited) {
      const own = readCacheControl(astNode)
      if (own) return own.maxAge ?? inherited ?? 0
      // The declaration of a type does not say who may read which of its objects: `viewer` differs for each viewer.
      if (inherited === undefined) return 0
      const namedType = getNamedType(type)
      if (!isCompositeType(namedType)) return inherited
      const ofType = isObjectType(namedType) ? readCacheControl(namedType.astNode) : undefined
      return ofType ? (ofType.maxAge ?? inherited) : 0
    },
    readEntityMaxAge: (typeName) =>
      readTypeTags(typeName).length > 0
        ? (readCacheControl(schema.getType(typeName)?.astNode)?.maxAge ?? 0)
        : 0,
    readFieldTags: ({ astNode }) => readTags(astNode),
    readEntityTags: readTypeTags,
  }
}
