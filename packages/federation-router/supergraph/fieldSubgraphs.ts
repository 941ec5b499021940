import { Kind, parse, type ConstDirectiveNode } from 'graphql'

/** Returns the subgraphs that can resolve a field, by their names in the enum `join__Graph`. */
export type FieldSubgraphsLookup = (typeName: string, fieldName: string) => readonly string[]

const none: readonly string[] = []

/**
 * Reads from a supergraph which subgraphs can resolve each field: those of its `@join__field(graph:)`, or those of its
 * type's `@join__type(graph:)` where it has none (https://specs.apollo.dev/join/v0.5).
 */
export function readFieldSubgraphs(supergraphSdl: string): FieldSubgraphsLookup {
  const types = new Map<string, Map<string, readonly string[]>>()
  for (const definition of parse(supergraphSdl, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION)
      continue
    const ofType = graphsOf('join__type', definition.directives)
    const fields = new Map<string, readonly string[]>()
    for (const { name, directives } of definition.fields ?? []) {
      const ofField = graphsOf('join__field', directives)
      fields.set(name.value, ofField.length > 0 ? ofField : ofType)
    }
    types.set(definition.name.value, fields)
  }
  return (typeName, fieldName) => types.get(typeName)?.get(fieldName) ?? none
}

function graphsOf(directiveName: string, directives: readonly ConstDirectiveNode[] = []): readonly string[] {
  const graphs = new Set<string>()
  for (const { name, arguments: given = [] } of directives) {
    if (name.value !== directiveName || isExternal(given)) continue
    const graph = given.find((argument) => argument.name.value === 'graph')?.value
    if (graph?.kind === Kind.ENUM) graphs.add(graph.value)
  }
  return [...graphs]
}

/** An external field is a reference to another subgraph's, and is not resolved here. */
const isExternal = (given: NonNullable<ConstDirectiveNode['arguments']>): boolean =>
  given.some(({ name, value }) => name.value === 'external' && value.kind === Kind.BOOLEAN && value.value)
