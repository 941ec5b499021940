import {
  getNamedType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  parse,
  parseType,
  print,
  stripIgnoredCharacters,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql'

import type { FetchNode, QueryPlan } from './apolloPlanner'
import { mapFetches } from './planVisitor'
import { forEachSelection } from './selections'

/** A document whose literals the planner does not change, and the literals. */
interface ProtectedDocument {
  document: DocumentNode
  /** Puts the literals into a plan of the document. */
  restoreLiterals(plan: QueryPlan): QueryPlan
}

/**
 * Protects parts of a document that Apollo's planner (2.14) changes:
 *
 * - *Literals of custom scalars.* The planner reads them as JavaScript values, in which enum values become strings and long numbers lose
 *   digits. It gets a variable instead of each, and the plan the literal instead of the variable.
 * - *Default values* of variables, for the same reason.
 * - *Directives of fragment definitions*, which it adds to those of the spread, even where both have the same one.
 */
export function protectLiterals(document: DocumentNode, schema: GraphQLSchema): ProtectedDocument {
  if (!mayChange(document)) return { document, restoreLiterals: (plan) => plan }
  const literals = replaceLiterals(document, schema)
  const restore = (fetch: FetchNode) => restoreFetchLiterals(fetch, literals, schema)
  return {
    document: literals.document,
    restoreLiterals: (plan) => (plan.node ? { ...plan, node: mapFetches(plan.node, restore) } : plan),
  }
}

/** Returns whether a document has literals or directives that the planner may change. */
function mayChange(document: DocumentNode): boolean {
  const hasFragile = (directives: readonly DirectiveNode[] = []) =>
    directives.some((each) => each.arguments?.some(({ value }) => isFragile(value)))
  let found = document.definitions.some(
    (definition) =>
      ('directives' in definition && hasFragile(definition.directives)) ||
      (definition.kind === Kind.FRAGMENT_DEFINITION && (definition.directives ?? []).length > 0) ||
      (definition.kind === Kind.OPERATION_DEFINITION &&
        definition.variableDefinitions?.some(({ defaultValue }) => defaultValue && isFragile(defaultValue))),
  )
  forEachSelection(document, (selection) => {
    found ||= hasFragile(selection.directives)
    if (selection.kind === Kind.FIELD)
      found ||= selection.arguments?.some(({ value }) => isFragile(value)) ?? false
    return !found
  })
  return found
}

/** Returns whether a literal contains an enum value, or a number with more digits than a double has. */
function isFragile(value: ValueNode): boolean {
  switch (value.kind) {
    case Kind.ENUM:
      return true
    case Kind.INT:
      return !Number.isSafeInteger(Number(value.value))
    case Kind.FLOAT:
      return value.value.replace(/[eE].*/, '').replace(/\D/g, '').length > 15
    case Kind.LIST:
      return value.values.some(isFragile)
    case Kind.OBJECT:
      return value.fields.some((field) => isFragile(field.value))
    default:
      return false
  }
}

interface Literals {
  document: DocumentNode
  /** The literals by the names of the variables that replace them. */
  byVariable: ReadonlyMap<string, ValueNode>
  /** The client's definitions of variables. */
  definitions: ReadonlyMap<string, VariableDefinitionNode>
}

function replaceLiterals(document: DocumentNode, schema: GraphQLSchema): Literals {
  const definitions = new Map<string, VariableDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION)
      for (const each of definition.variableDefinitions ?? []) definitions.set(each.variable.name.value, each)
  const byVariable = new Map<string, ValueNode>()
  const added = new Map<string, VariableDefinitionNode>()
  const typeInfo = new TypeInfo(schema)

  const replaceValue = (value: ValueNode): ValueNode | undefined => {
    // Within a list, it is already that of the items.
    const type = value.kind === Kind.LIST ? typeInfo.getParentInputType() : typeInfo.getInputType()
    const named = getNamedType(type)
    if (!type || !isScalarType(named) || isSpecifiedScalarType(named) || !isFragile(value)) return undefined
    // The items of a list have a variable each.
    if (value.kind === Kind.LIST && String(type).includes('[')) return undefined
    const key = `${String(type)} ${print(value)}`
    // Equal literals share a variable: fields with the same response key must have the same arguments.
    const known = added.get(key)
    if (known) return known.variable
    let name = `literal${added.size}`
    while (definitions.has(name)) name += '_'
    const variable = { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } } as const
    added.set(key, { kind: Kind.VARIABLE_DEFINITION, variable, type: parseType(String(type)) })
    byVariable.set(name, value)
    return variable
  }

  const replaced = visit(
    document,
    visitWithTypeInfo(typeInfo, {
      VariableDefinition: () => false,
      EnumValue: replaceValue,
      IntValue: replaceValue,
      FloatValue: replaceValue,
      ListValue: replaceValue,
      ObjectValue: replaceValue,
    }),
  )
  const withDefinitions = visit(replaced, {
    SelectionSet: () => false,
    OperationDefinition: (operation): OperationDefinitionNode => ({
      ...operation,
      variableDefinitions: [...(operation.variableDefinitions ?? []), ...added.values()],
    }),
  })
  return { document: added.size === 0 ? document : withDefinitions, byVariable, definitions }
}

function restoreFetchLiterals(
  fetch: FetchNode,
  { byVariable, definitions }: Literals,
  schema: GraphQLSchema,
): FetchNode {
  const { operationDocumentNode: _, ...rest } = fetch
  const used = new Set<string>()
  const restored = visit(parse(fetch.operation, { noLocation: true }), {
    VariableDefinition: () => false,
    Variable: ({ name }) => byVariable.get(name.value),
    InlineFragment: {
      leave: (fragment): InlineFragmentNode => ({
        ...fragment,
        directives: removeDuplicates(fragment.directives, schema),
      }),
    },
  })
  visit(restored, { VariableDefinition: () => false, Variable: ({ name }) => void used.add(name.value) })
  const document = visit(restored, {
    SelectionSet: () => false,
    OperationDefinition: (operation): OperationDefinitionNode => ({
      ...operation,
      variableDefinitions: defineVariables(operation, used, definitions),
    }),
  })
  const added = [...used].filter((name) => definitions.has(name))
  const usages = [...new Set([...(rest.variableUsages ?? []), ...added])]
  return {
    ...rest,
    operation: stripIgnoredCharacters(print(document)),
    variableUsages: usages.filter((name) => used.has(name)),
  }
}

/** Returns the definitions of the variables that an operation uses, with the default values of the client. */
function defineVariables(
  { variableDefinitions = [] }: OperationDefinitionNode,
  used: ReadonlySet<string>,
  definitions: Literals['definitions'],
): VariableDefinitionNode[] {
  const own = new Map(variableDefinitions.map((each) => [each.variable.name.value, each]))
  const names = new Set([...own.keys(), ...used].filter((name) => used.has(name)))
  return [...names].flatMap((name) => {
    const planned = own.get(name)
    const given = definitions.get(name)
    if (!planned) return given ? [given] : []
    return [given?.defaultValue ? { ...planned, defaultValue: given.defaultValue } : planned]
  })
}

/** Removes the second of two equal directives, and of two of one name that is not repeatable. */
function removeDuplicates(
  directives: readonly DirectiveNode[] = [],
  schema: GraphQLSchema,
): readonly DirectiveNode[] {
  const seen = new Set<string>()
  return directives.filter((directive) => {
    const { name } = directive
    const key = schema.getDirective(name.value)?.isRepeatable ? print(directive) : name.value
    return !seen.has(key) && seen.add(key)
  })
}
