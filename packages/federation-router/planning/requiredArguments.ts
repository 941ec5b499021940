import {
  Kind,
  parse,
  print,
  visit,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql'

type ComposedType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode

/** What stands for a field with the arguments of one @requires. */
export interface SubstituteField {
  name: string
  arguments: NonNullable<FieldNode['arguments']>
}

/** A field of what a @requires asks for: its path by the names of the schema, and with substitutes. */
export interface RequiredFieldPath {
  real: string
  used: string
}

/** A supergraph in which no @requires has arguments. */
export interface RequiredArguments {
  supergraph: DocumentNode
  /** By their names. */
  substitutes: ReadonlyMap<string, SubstituteField>
  /** What a field needs beside keys, by `fieldPlace`. */
  requiredFields: ReadonlyMap<string, readonly RequiredFieldPath[]>
}

export const toFieldKey = (service: string, typeName: string, fieldName: string): string =>
  `${service} ${typeName}.${fieldName}`

/** Part of every substitute's name. */
export const substituteMarker = '__required_'

/**
 * Gives a name of its own to each field that a @requires asks for with arguments: `price(currency: "EUR")` becomes
 * `price__required_0`, a field without arguments that the same subgraphs have. Undefined when there is none.
 */
export function substituteRequiredArguments(supergraph: DocumentNode): RequiredArguments | undefined {
  const types = composedTypes(supergraph)
  const services = servicesOf(supergraph)
  const substitutes = new Map<string, SubstituteField>()
  const names = new Map<string, string>()
  const needs = new Map<string, RequiredFieldPath[]>()
  /** By the name of the type: the fields that have substitutes in it, by the substitute's name. */
  const additions = new Map<string, Map<string, string>>()

  function substituteFor({ name, arguments: given = [] }: FieldNode): string {
    const text = `${name.value}(${given.map(print).sort().join()})`
    const known = names.get(text)
    if (known !== undefined) return known
    const made = `${name.value}${substituteMarker}${names.size}`
    names.set(text, made)
    substitutes.set(made, { name: name.value, arguments: given })
    return made
  }

  function addTo(typeName: string, fieldName: string, substitute: string): void {
    const added = additions.get(typeName) ?? new Map<string, string>()
    if (added.has(substitute)) return
    additions.set(typeName, added.set(substitute, fieldName))
    // What an interface has, those that implement it have.
    for (const { name, interfaces = [] } of types.values()) {
      if (interfaces.some((each) => each.name.value === typeName)) addTo(name.value, fieldName, substitute)
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
      const used = given.length > 0 ? substituteFor(selection) : name.value
      if (given.length > 0) addTo(typeName, name.value, used)
      const here = { real: `${path.real}.${name.value}`, used: `${path.used}.${used}` }
      into.push(here)
      const below = types.get(typeName)?.fields?.find((field) => field.name.value === name.value)
      return {
        ...selection,
        name: { ...name, value: used },
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
    const text = argumentOf(directive, 'requires')
    if (text === undefined || directive.name.value !== 'join__field') return directive
    const required: RequiredFieldPath[] = []
    const set = rewrite(parseFields(text), type.name.value, { real: '', used: '' }, required)
    const service = services.get(argumentOf(directive, 'graph') ?? '') ?? ''
    needs.set(toFieldKey(service, type.name.value, field.name.value), required)
    return withArgument(directive, 'requires', printFields(set))
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
    supergraph: mapTypes(renamed, (type) => withAdded(type, additions)),
    substitutes,
    requiredFields: needs,
  }
}

function withAdded(type: ComposedType, additions: ReadonlyMap<string, ReadonlyMap<string, string>>) {
  const { fields = [] } = type
  const added = [...(additions.get(type.name.value) ?? [])].flatMap(([substitute, fieldName]) => {
    const field = fields.find(({ name }) => name.value === fieldName)
    if (!field) return []
    const directives = field.directives?.filter(({ name }) => name.value === 'join__field') ?? []
    return [{ ...field, name: { ...field.name, value: substitute }, arguments: [], directives }]
  })
  return added.length > 0 ? { ...type, fields: [...fields, ...added] } : type
}

/** The types that composition has made from the subgraphs', by name. */
function composedTypes({ definitions }: DocumentNode): ReadonlyMap<string, ComposedType> {
  return new Map(
    definitions.flatMap((each): [string, ComposedType][] =>
      each.kind === Kind.OBJECT_TYPE_DEFINITION || each.kind === Kind.INTERFACE_TYPE_DEFINITION
        ? [[each.name.value, each]]
        : [],
    ),
  )
}

/** @returns a document with each object and interface type changed */
function mapTypes(document: DocumentNode, change: (type: ComposedType) => ComposedType): DocumentNode {
  return visit(document, { ObjectTypeDefinition: change, InterfaceTypeDefinition: change })
}

/** The subgraphs' names, by those of the values of join__Graph. */
function servicesOf(supergraph: DocumentNode): ReadonlyMap<string, string> {
  const services = new Map<string, string>()
  visit(supergraph, {
    EnumValueDefinition({ name, directives = [] }) {
      const graph = directives.find((directive) => directive.name.value === 'join__graph')
      const service = graph && argumentOf(graph, 'name')
      if (service !== undefined) services.set(name.value, service)
    },
  })
  return services
}

function argumentOf(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value
  return value && 'value' in value && typeof value.value === 'string' ? value.value : undefined
}

function withArgument(directive: ConstDirectiveNode, name: string, text: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments: directive.arguments?.map((argument) =>
      argument.name.value === name ? { ...argument, value: { kind: Kind.STRING, value: text } } : argument,
    ),
  }
}

function parseFields(text: string): SelectionSetNode {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Not a set of fields: ${text}`)
  return definition.selectionSet
}

const printFields = (set: SelectionSetNode): string => print(set).replace(/\s+/g, ' ').slice(1, -1).trim()

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type)
}
