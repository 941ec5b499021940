import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  isTypeDefinitionNode,
  isUnionType,
  Kind,
  parse,
  type ConstDirectiveNode,
  type ConstValueNode,
  type GraphQLSchema,
} from 'graphql'

import { isComposedType } from './joinDirectives'
import { readLinkedFeatures } from './linkedFeatures'

/** The directives that restrict access, by the names of their specifications. */
type AccessDirective = 'authenticated' | 'requiresScopes' | 'policy'

/** What a viewer needs to read a field or a type: one directive of the supergraph. */
export interface AccessRequirement {
  /** Equal for equal requirements. */
  id: string
  directive: AccessDirective
  /** The scopes or policies: all of one of these lists. Empty for `authenticated`. */
  anyOf: readonly (readonly string[])[]
}

/** Returns whether a viewer meets a requirement. */
export type MeetsRequirement = (requirement: AccessRequirement) => boolean

/** The access requirements of a supergraph. */
export interface AccessRequirements {
  /**
   * Lists the requirements of a field that is selected on a type: its own, those of its type and of the type it returns. A field of an
   * interface also has those of all types that an object may have.
   */
  listForField(typeName: string, fieldName: string): readonly AccessRequirement[]
}

type RequirementsByElement = ReadonlyMap<string, readonly AccessRequirement[]>

/**
 * Reads the requirements of @authenticated, @requiresScopes and @policy.
 *
 * @param schema the schema of clients
 * @returns undefined for a supergraph without any
 */
export function readAccessRequirements(
  supergraphSdl: string,
  schema: GraphQLSchema,
): AccessRequirements | undefined {
  const own = readOwnRequirements(supergraphSdl)
  if (own.size === 0) return undefined
  const lists = new Map<string, readonly AccessRequirement[]>()

  function collect(typeName: string, fieldName: string): readonly AccessRequirement[] {
    const type = schema.getType(typeName)
    const types = isInterfaceType(type)
      ? [type, ...schema.getImplementations(type).interfaces, ...schema.getPossibleTypes(type)]
      : [type]
    const elements = types.flatMap((each) => (each ? [each.name, `${each.name}.${fieldName}`] : []))
    const hasFields = isObjectType(type) || isInterfaceType(type)
    const field = hasFields ? type.getFields()[fieldName] : undefined
    const returned = field && getNamedType(field.type)
    if (returned && !isUnionType(returned)) elements.push(returned.name)
    const found = elements.flatMap((element) => own.get(element) ?? [])
    return [...new Map(found.map((each) => [each.id, each])).values()]
  }

  return {
    listForField(typeName, fieldName) {
      const element = `${typeName}.${fieldName}`
      const requirements = lists.get(element) ?? collect(typeName, fieldName)
      lists.set(element, requirements)
      return requirements
    },
  }
}

/** Reads the requirements of each type (`User`) and field (`User.email`) that has a directive. */
function readOwnRequirements(supergraphSdl: string): RequirementsByElement {
  const document = parse(supergraphSdl, { noLocation: true })
  const directives = new Map<string, AccessDirective>()
  for (const { name, nameDirective } of readLinkedFeatures(document))
    if (name === 'authenticated' || name === 'requiresScopes' || name === 'policy')
      directives.set(nameDirective(name), name)
  const own = new Map<string, readonly AccessRequirement[]>()
  if (directives.size === 0) return own

  function add(element: string, applied: readonly ConstDirectiveNode[] = []): void {
    const requirements = applied.flatMap((each) => {
      const directive = directives.get(each.name.value)
      return directive ? [createRequirement(directive, each)] : []
    })
    if (requirements.length > 0) own.set(element, requirements)
  }

  for (const definition of document.definitions) {
    if (isComposedType(definition))
      for (const { name, directives: applied } of definition.fields ?? [])
        add(`${definition.name.value}.${name.value}`, applied)
    if (isTypeDefinitionNode(definition)) add(definition.name.value, definition.directives)
  }
  return own
}

const argumentOf = { authenticated: undefined, requiresScopes: 'scopes', policy: 'policies' } as const

function createRequirement(
  directive: AccessDirective,
  { arguments: given = [] }: ConstDirectiveNode,
): AccessRequirement {
  const argument = argumentOf[directive]
  const value = given.find(({ name }) => name.value === argument)?.value
  const anyOf = listValues(value).map((list) =>
    listValues(list).flatMap((each) => (each.kind === Kind.STRING ? [each.value] : [])),
  )
  return { id: JSON.stringify([directive, anyOf]), directive, anyOf }
}

/** A single value is accepted as a list of one. */
function listValues(value: ConstValueNode | undefined): readonly ConstValueNode[] {
  if (!value) return []
  return value.kind === Kind.LIST ? value.values : [value]
}
