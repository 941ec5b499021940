import { Kind, print, type DocumentNode, type ObjectTypeDefinitionNode, type TypeNode } from 'graphql'

const federation = 'https://specs.apollo.dev/federation/v2.9'
const shareable = ['PageInfo', 'UserError']

/**
 * What a fragment breaks of the rules that cannot be seen any more once it is composed: the version of federation,
 * who may share a type, and that a field which crosses into another subgraph is nullable.
 *
 * A type with `@key` that does not implement Node is a stub: another subgraph owns it, this one adds fields.
 */
export function findSubgraphSchemaProblems(name: string, fragment: DocumentNode): string[] {
  const problems: string[] = []
  if (!linkedVersions(fragment).includes(federation)) {
    problems.push('does not link ' + federation)
  }
  const types = fragment.definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION)
  const stubs = new Set(types.filter(isStub).map((type) => type.name.value))
  for (const type of types) {
    const typeName = type.name.value
    if (hasDirective(type, 'shareable') && !shareable.includes(typeName)) {
      problems.push(`${typeName} is @shareable; only ${shareable.join(' and ')} are`)
    }
    for (const field of type.fields ?? []) {
      const nonNull = field.type.kind === Kind.NON_NULL_TYPE
      const crosses = stubs.has(namedType(field.type))
      if (nonNull && crosses) {
        problems.push(
          `${typeName}.${field.name.value}: ${print(field.type)} crosses into another subgraph, and must be nullable`,
        )
      } else if (nonNull && stubs.has(typeName) && field.name.value !== 'id') {
        problems.push(
          `${typeName}.${field.name.value}: ${print(field.type)} is added to a foreign type, and must be nullable`,
        )
      }
    }
  }
  return problems.map((problem) => `[${name}] ${problem}`)
}

function linkedVersions(fragment: DocumentNode): string[] {
  return fragment.definitions.flatMap((node) => {
    if (node.kind !== Kind.SCHEMA_EXTENSION && node.kind !== Kind.SCHEMA_DEFINITION) return []
    return (node.directives ?? []).flatMap(({ name, arguments: args }) =>
      name.value !== 'link'
        ? []
        : (args ?? []).flatMap(({ value }) => (value.kind === Kind.STRING ? [value.value] : [])),
    )
  })
}

function isStub(type: ObjectTypeDefinitionNode): boolean {
  const isNode = type.interfaces?.some((each) => each.name.value === 'Node') ?? false
  return hasDirective(type, 'key') && !isNode
}

function hasDirective(type: ObjectTypeDefinitionNode, name: string): boolean {
  return type.directives?.some((directive) => directive.name.value === name) ?? false
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type)
}
