import { Kind, print, type DocumentNode, type ObjectTypeDefinitionNode, type TypeNode } from 'graphql'

const federation = 'https://specs.apollo.dev/federation/v2.12'
const shareable = ['PageInfo', 'UserError']

/**
 * Returns the violations of the rules that the composed schema no longer shows: the version of federation, which types
 * may be shared, and that a field which crosses into another subgraph is nullable.
 *
 * A type with `@key` that does not implement Node is a stub: another subgraph owns it, this one adds fields.
 */
export function findSubgraphSchemaProblems(name: string, document: DocumentNode): string[] {
  const problems: string[] = []
  if (!listLinks(document).includes(federation)) {
    problems.push('does not link ' + federation)
  }
  const types = document.definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION)
  const stubs = new Set(types.filter(isStub).map((type) => type.name.value))
  for (const type of types) {
    const typeName = type.name.value
    if (hasDirective(type, 'shareable') && !shareable.includes(typeName)) {
      problems.push(`${typeName} is @shareable; only ${shareable.join(' and ')} are`)
    }
    for (const field of type.fields ?? []) {
      const nonNull = field.type.kind === Kind.NON_NULL_TYPE
      const crosses = stubs.has(getTypeName(field.type))
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

function listLinks(document: DocumentNode): string[] {
  return document.definitions.flatMap((node) => {
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

function getTypeName(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : getTypeName(type.type)
}
