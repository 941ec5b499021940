import {
  Kind,
  parse,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

// The directives that composition writes into a supergraph (https://specs.apollo.dev/join/v0.5).

/** A type with fields that several subgraphs may define. */
export type ComposedType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode

export function isComposedType(definition: DefinitionNode): definition is ComposedType {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
}

/** Returns a string or enum argument of a directive. */
export function readArgument(
  { arguments: given = [] }: ConstDirectiveNode,
  name: string,
): string | undefined {
  const value = given.find((argument) => argument.name.value === name)?.value
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined
}

/** Returns whether a directive has this argument with the given Boolean value. */
export function hasFlag(
  { arguments: given = [] }: ConstDirectiveNode,
  flag: string,
  expected: boolean,
): boolean {
  return given.some(
    ({ name, value }) => name.value === flag && value.kind === Kind.BOOLEAN && value.value === expected,
  )
}

export function isKeyDirective(directive: ConstDirectiveNode): boolean {
  return directive.name.value === 'join__type' && readArgument(directive, 'key') !== undefined
}

/** Returns whether a key has `resolvable: false`: the subgraph refers to entities by it, and resolves none. */
export function isUnresolvableKey(directive: ConstDirectiveNode): boolean {
  return isKeyDirective(directive) && hasFlag(directive, 'resolvable', false)
}

/** Reads the names of the subgraphs, by the values of the enum `join__Graph`. */
export function readSubgraphNames({ definitions }: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const definition of definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue
    for (const { name, directives = [] } of definition.values ?? []) {
      const graph = directives.find((directive) => directive.name.value === 'join__graph')
      names.set(name.value, (graph && readArgument(graph, 'name')) ?? name.value)
    }
  }
  return names
}

/**
 * Parses the field set of a @key or @requires.
 *
 * @throws GraphQLError for a text that is not a field set
 */
export function parseFieldSet(text: string): SelectionSetNode {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Not a field set: ${text}`)
  return definition.selectionSet
}
