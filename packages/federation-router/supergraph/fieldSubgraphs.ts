import { parse, type ConstDirectiveNode } from 'graphql'

import { hasFlag, isComposedType, readArgument } from './joinDirectives'

/** Returns the subgraphs that can resolve a field, by their values in the enum `join__Graph`. */
export type FieldSubgraphsLookup = (typeName: string, fieldName: string) => readonly string[]

const none: readonly string[] = []

/**
 * Reads which subgraphs can resolve each field of a supergraph: those of its `@join__field(graph:)`, or those of its type's
 * `@join__type(graph:)` where it has none (https://specs.apollo.dev/join/v0.5).
 */
export function readFieldSubgraphs(supergraphSdl: string): FieldSubgraphsLookup {
  const types = new Map<string, Map<string, readonly string[]>>()
  const { definitions } = parse(supergraphSdl, { noLocation: true })
  for (const { name: typeName, directives: typeDirectives, fields = [] } of definitions.filter(
    isComposedType,
  )) {
    const typeGraphs = readGraphs('join__type', typeDirectives)
    const graphsByField = new Map<string, readonly string[]>()
    for (const { name, directives } of fields) {
      const fieldGraphs = readGraphs('join__field', directives)
      graphsByField.set(name.value, fieldGraphs.length > 0 ? fieldGraphs : typeGraphs)
    }
    types.set(typeName.value, graphsByField)
  }
  return (typeName, fieldName) => types.get(typeName)?.get(fieldName) ?? none
}

/** Returns the `graph` arguments of the directives. An external field is resolved by other subgraphs. */
function readGraphs(
  directiveName: string,
  directives: readonly ConstDirectiveNode[] = [],
): readonly string[] {
  const own = directives.filter(
    (directive) => directive.name.value === directiveName && !hasFlag(directive, 'external', true),
  )
  return [...new Set(own.flatMap((directive) => readArgument(directive, 'graph') ?? []))]
}
