import {
  Kind,
  print,
  visit,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql'

import {
  isComposedType,
  parseFieldSet,
  readArgument,
  readSubgraphNames,
  type ComposedType,
} from '../supergraph/joinDirectives'

/** The field and arguments of a @requires that a substitute field replaces. */
interface SubstituteField {
  name: string
  arguments: NonNullable<FieldNode['arguments']>
}

/** The path of a field that a @requires selects, by the names of the schema and with substitutes. */
export interface RequiredFieldPath {
  real: string
  planned: string
}

/** A supergraph in which no @requires has arguments. */
export interface RequiredArguments {
  supergraph: DocumentNode
  /** By the name of the substitute. */
  substitutes: ReadonlyMap<string, SubstituteField>
  /** The fields that a field requires besides keys, by `toFieldKey`. */
  requiredFields: ReadonlyMap<string, readonly RequiredFieldPath[]>
}

export const toFieldKey = (service: string, typeName: string, fieldName: string): string =>
  `${service} ${typeName}.${fieldName}`

/** Part of every substitute's name. */
export const substituteMarker = '__required_'

/**
 * Replaces each field with arguments in a @requires by a substitute: `price(currency: "EUR")` becomes `price__required_0`, a
 * field without arguments that the same subgraphs have.
 *
 * @returns undefined when no @requires has arguments
 */
export function substituteRequiredArguments(supergraph: DocumentNode): RequiredArguments | undefined {
  const types = new Map(
    supergraph.definitions.filter(isComposedType).map((type) => [type.name.value, type] as const),
  )
  const services = readSubgraphNames(supergraph)
  const substitutes = new Map<string, SubstituteField>()
  const names = new Map<string, string>()
  const requiredFields = new Map<string, RequiredFieldPath[]>()
  /** By the name of the type and the name of the substitute: the name of the field. */
  const additions = new Map<string, Map<string, string>>()

  function substituteFor({ name, arguments: given = [] }: FieldNode): string {
    const text = `${name.value}(${given.map(print).sort().join()})`
    const existing = names.get(text)
    if (existing !== undefined) return existing
    const substitute = `${name.value}${substituteMarker}${names.size}`
    names.set(text, substitute)
    substitutes.set(substitute, { name: name.value, arguments: given })
    return substitute
  }

  function addSubstitute(typeName: string, fieldName: string, substitute: string): void {
    const added = additions.get(typeName) ?? new Map<string, string>()
    if (added.has(substitute)) return
    additions.set(typeName, added.set(substitute, fieldName))
    // Types that implement an interface have its fields.
    for (const { name, interfaces = [] } of types.values()) {
      if (interfaces.some((each) => each.name.value === typeName))
        addSubstitute(name.value, fieldName, substitute)
    }
  }

  function rewrite(
    set: SelectionSetNode,
    typeName: string,
    path: RequiredFieldPath,
    into: RequiredFieldPath[],
  ): SelectionSetNode {
    const selections = set.selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value ?? typeName
        return { ...selection, selectionSet: rewrite(selection.selectionSet, condition, path, into) }
      }
      const { name, arguments: given = [], selectionSet } = selection
      const planned = given.length > 0 ? substituteFor(selection) : name.value
      if (given.length > 0) addSubstitute(typeName, name.value, planned)
      const here = { real: `${path.real}.${name.value}`, planned: `${path.planned}.${planned}` }
      into.push(here)
      const below = types.get(typeName)?.fields?.find((field) => field.name.value === name.value)
      return {
        ...selection,
        name: { ...name, value: planned },
        arguments: [],
        ...(selectionSet && {
          selectionSet: rewrite(selectionSet, below ? namedType(below.type) : '', here, into),
        }),
      }
    })
    return { ...set, selections }
  }

  function rewriteDirective(
    directive: ConstDirectiveNode,
    type: ComposedType,
    field: FieldDefinitionNode,
  ): ConstDirectiveNode {
    const text = readArgument(directive, 'requires')
    if (text === undefined || directive.name.value !== 'join__field') return directive
    const required: RequiredFieldPath[] = []
    const set = rewrite(parseFieldSet(text), type.name.value, { real: '', planned: '' }, required)
    const service = services.get(readArgument(directive, 'graph') ?? '') ?? ''
    requiredFields.set(toFieldKey(service, type.name.value, field.name.value), required)
    return withArgument(directive, 'requires', printFieldSet(set))
  }

  const renamed = mapTypes(supergraph, (type) => ({
    ...type,
    fields: type.fields?.map((field) => ({
      ...field,
      directives: field.directives?.map((directive) => rewriteDirective(directive, type, field)) ?? [],
    })),
  }))
  if (substitutes.size === 0) return undefined
  return {
    supergraph: mapTypes(renamed, (type) => withSubstitutes(type, additions)),
    substitutes,
    requiredFields,
  }
}

function withSubstitutes(type: ComposedType, additions: ReadonlyMap<string, ReadonlyMap<string, string>>) {
  const { fields = [] } = type
  const added = [...(additions.get(type.name.value) ?? [])].flatMap(([substitute, fieldName]) => {
    const field = fields.find(({ name }) => name.value === fieldName)
    if (!field) return []
    const directives = field.directives?.filter(({ name }) => name.value === 'join__field') ?? []
    return [{ ...field, name: { ...field.name, value: substitute }, arguments: [], directives }]
  })
  return added.length > 0 ? { ...type, fields: [...fields, ...added] } : type
}

function mapTypes(document: DocumentNode, change: (type: ComposedType) => ComposedType): DocumentNode {
  return visit(document, { ObjectTypeDefinition: change, InterfaceTypeDefinition: change })
}

function withArgument(directive: ConstDirectiveNode, name: string, text: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments: directive.arguments?.map((argument) =>
      argument.name.value === name ? { ...argument, value: { kind: Kind.STRING, value: text } } : argument,
    ),
  }
}

const printFieldSet = (set: SelectionSetNode): string => print(set).replace(/\s+/g, ' ').slice(1, -1).trim()

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type)
}
