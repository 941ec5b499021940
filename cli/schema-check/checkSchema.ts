import { CriticalityLevel, diff, DiffRule } from '@graphql-inspector/core'
import { getOperationAST, GraphQLError, parse, validate, type GraphQLSchema } from 'graphql'

/** A change of the schema that clients may notice. */
interface SchemaChange {
  coordinate: string
  message: string
}

/** An operation that the released schema accepts, and the changed one does not. */
interface BrokenOperation {
  name: string
  messages: string[]
}

/** The differences of a schema from a released one. */
interface SchemaCheck {
  breaking: SchemaChange[]
  /** Changes that only some clients notice, for example a new value of an enum. */
  dangerous: SchemaChange[]
  brokenOperations: BrokenOperation[]
}

/**
 * Compares a schema with a released one. The removal of a deprecated element is dangerous, and breaks the operations
 * that still use it.
 *
 * @param documents the texts of clients' documents
 */
export async function checkSchema(
  released: GraphQLSchema,
  changed: GraphQLSchema,
  documents: Iterable<string>,
): Promise<SchemaCheck> {
  const changes = await diff(released, changed, [
    DiffRule.ignoreDescriptionChanges,
    DiffRule.suppressRemovalOfDeprecatedField,
  ])
  const select = (level: CriticalityLevel): SchemaChange[] =>
    changes
      .filter(({ criticality }) => criticality.level === level)
      .map(({ path = '', message }) => ({ coordinate: path, message }))
  return {
    breaking: select(CriticalityLevel.Breaking),
    dangerous: select(CriticalityLevel.Dangerous),
    brokenOperations: findBrokenOperations(released, changed, documents),
  }
}

function findBrokenOperations(
  released: GraphQLSchema,
  changed: GraphQLSchema,
  documents: Iterable<string>,
): BrokenOperation[] {
  const broken: BrokenOperation[] = []
  for (const text of documents) {
    const errors = findErrors(changed, text)
    if (errors.length === 0 || findErrors(released, text).length > 0) continue
    const name = getOperationAST(parse(text))?.name?.value ?? text.slice(0, maxNameLength)
    broken.push({ name, messages: errors.map(({ message }) => message) })
  }
  return broken
}

/** The beginning of a document without a name identifies it for its owner. */
const maxNameLength = 60

function findErrors(schema: GraphQLSchema, text: string): readonly GraphQLError[] {
  try {
    return validate(schema, parse(text))
  } catch (error) {
    if (error instanceof GraphQLError) return [error]
    throw error
  }
}
